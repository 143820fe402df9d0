"""Where a program stands in a text, and statements of any language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.credit import PYTHON, Language, Statements


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
def test_the_program_is_extracted(text: str, program: str):
    found, offset = PYTHON.extract(text)
    assert found == program
    assert text[offset : offset + len(found)] == found


@given(st.text(alphabet="`\n python\r\txé", max_size=60))
def test_the_program_is_part_of_the_text(text: str):
    program, offset = PYTHON.extract(text)
    assert text[offset : offset + len(program)] == program


@given(st.text(alphabet="ab =\n", max_size=40), st.text(alphabet="ab .\n", max_size=20))
def test_a_fenced_program_is_found_whole(program: str, before: str):
    text = f"{before}\n```python\n{program}\n```\nand more"
    assert PYTHON.extract(text) == (program + "\n", len(before) + len("\n```python\n"))


def test_blocks_of_other_languages_are_not_the_program():
    svg = Language(name="SVG", fences=("svg", "xml"), parse=PYTHON.parse)
    text = "```python\nx = 1\n```\n```XML\n<svg/>\n```\n"
    assert svg.extract(text)[0] == "<svg/>\n"
    assert PYTHON.extract(text)[0] == "x = 1\n"


def test_bytes_that_are_no_text_stay_marked():
    plain = Language(name="SVG", fences=("svg",), parse=PYTHON.parse)
    assert plain.decode("ä".encode()) == "ä"
    assert plain.decode(b"\xff") == "\udcff"
    assert PYTHON.decode(b"# -*- coding: latin-1 -*-\nx = '\xe4'") == (
        "# -*- coding: latin-1 -*-\nx = 'ä'"
    )
    assert PYTHON.decode(b"# -*- coding: nothing -*-\n\xff") == (
        "# -*- coding: nothing -*-\n\udcff"
    )


@given(st.text(alphabet="ab\n", max_size=30), st.data())
def test_lines_of_spans_are_those_that_they_touch(source: str, data: st.DataObject):
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    found = Statements.of_spans(source, [(start, end)], len(source))
    first = source.count("\n", 0, start) + 1
    assert found.lines == ((first, first + source[start : max(end - 1, start)].count("\n")),)
