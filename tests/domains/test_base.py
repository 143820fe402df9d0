"""What every domain shares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.domains.base import extract_program, load_domain, masked


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("x = 1\n", "x = 1\n"),
        ("", ""),
        ("```python\nx = 1\n```", "x = 1\n"),
        ("Here:\n\n```python\nx = 1\ny = 2\n```\nDone.", "x = 1\ny = 2\n"),
        ("```Python\nx = 1\n```", "x = 1\n"),
        ("```py\nx = 1\n```", "x = 1\n"),
        ("```python3 title=a.py\nx = 1\n```", "x = 1\n"),
        ("``` python\nx = 1\n```", "x = 1\n"),
        ("```python\r\nx = 1\r\n```", "x = 1\r\n"),
        ("```python\nx = 1", "x = 1"),
        ("```python\n", ""),
        ("```python\n```", ""),
        ("```python\nfirst\n```\n```python\nsecond\n```", "first\n"),
        ("```bash\npip install\n```\n```python\nx = 1\n```", "x = 1\n"),
        ("```\nplain\n```\n```python\nx = 1\n```", "x = 1\n"),
        ("Here:\n```\nx = 1\n```", "x = 1\n"),
        ("```bash\nls\n```", "```bash\nls\n```"),
        ("use ```python inline``` code", "use ```python inline``` code"),
        ("```python\nx = '''\n``` not alone\n'''\n```", "x = '''\n``` not alone\n'''\n"),
    ],
)
def test_extract_program(text: str, program: str):
    found, offset = extract_program(text)
    assert found == program
    assert text[offset : offset + len(found)] == found


@given(st.text(alphabet="`\n python\r\txé", max_size=60))
def test_the_program_is_part_of_the_text(text: str):
    program, offset = extract_program(text)
    assert text[offset : offset + len(program)] == program


@given(st.text(alphabet="ab =\n", max_size=40), st.text(alphabet="ab .\n", max_size=20))
def test_a_fenced_program_is_found_whole(program: str, before: str):
    text = f"{before}\n```python\n{program}\n```\nand more"
    assert extract_program(text) == (program + "\n", len(before) + len("\n```python\n"))


def test_unknown_domain_lists_the_known():
    with pytest.raises(ValueError, match=r"'chrat' is unknown; known: 'chart'"):
        load_domain("chrat")


def test_unknown_module():
    with pytest.raises(ValueError, match=r"there is no module 'vsdpo_jax\.domains\.nothing'"):
        load_domain("vsdpo_jax.domains.nothing")


def test_a_module_that_is_no_domain():
    with pytest.raises(ValueError, match=r"no module 'email\.message\.diagnose'|email\.message"):
        load_domain("email.message")


def test_chart():
    domain = load_domain("chart")
    assert domain.name == "chart"
    assert "overlap" in domain.axes
    assert domain.recorder == "vsdpo_jax.domains.chart.recorder"
    domain.check(None)
    domain.check({domain.axes[0]: 1.0})
    with pytest.raises(ValueError, match="beauty"):
        domain.check({"beauty": 1.0})


def test_masked_has_no_reward_and_no_loss():
    judged = masked("why")
    assert (judged.render.status, judged.render.error) == ("infra", "why")
    assert judged.diagnosis.masked
    assert judged.diagnosis.reward == 0.0
