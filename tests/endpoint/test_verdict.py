"""The number at the end of a judge's answer."""

from __future__ import annotations

import pytest

from vsdpo_jax.endpoint.verdict import score_of


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("Comments: fine.\n\nScore: 85", 85.0),
        ("Score: 85/100", 85.0),
        ("**Score:** 62.5", 62.5),
        ("### Final Score: **91** / **100**", 91.0),
        ("- Layout: 10/10\n- Text score: 18/20\nScore: 77", 77.0),
        ("Score: 90/100 at first\nScore: 70/100\nScore: 3", 70.0),
        ("Score: 10\nScore: 20\nScore: 88.", 88.0),
        ("score = 0", 0.0),
        ("Score: 18/20", None),
        ("Score: 180", None),
        ("Score: -5", None),
        ("The scores are good: 85", None),
        ("", None),
    ],
)
def test_the_last_whole_score_counts(text, score):
    assert score_of(text) == score
