"""From answers to programs, by the official rules."""

from __future__ import annotations

import pytest

from vsdpo_jax.benchmarks.base import NoProgram
from vsdpo_jax.benchmarks.chartmimic import extract


def test_the_first_block_counts_up_to_the_first_saving():
    answer = "Sure.\n```python\nx = 1\nplt.savefig('a')\ny = 2\n```\nand\n```python\nz = 3\n```"
    assert extract.candidate(answer) == "x = 1"
    assert extract.candidate("```python\nfig.savefig('a')\nplt.show()\nx = 1```") == (
        "fig.savefig('a')"
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("", "the answer is empty"),
        ("import matplotlib", "no fenced block"),
        ("```\nx = 1\n```", "other fences do not count"),
        ("```py\nx = 1\n```", "other fences do not count"),
        ("```python\nx = 1", "has no end"),
    ],
)
def test_what_is_no_program_says_what_it_is(answer, words):
    with pytest.raises(NoProgram, match=words):
        extract.candidate(answer)


def test_variants_end_with_saving():
    assert extract.checked("x = 1").endswith("x = 1\n" + extract.SAVE)
    scored = extract.wrapped("x = 1\nraise ValueError", prelude=True)
    compile(scored, "scored", "exec")
    assert scored.startswith(extract.PRELUDE)
    assert "    raise ValueError\nexcept Exception" in scored


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ("x = 1", False),
        ('"""a\nb"""\nx = 1', False),
        ('def f():\n    """a\n    b"""\n', False),
        ('x = """a\nb"""', True),
        ('x = "a\\\nb"', True),
        ("x = (", True),
    ],
)
def test_wrapping_changes_lines_within_quotes_only(body, changes):
    assert extract.wrapping_changes(body) is changes
