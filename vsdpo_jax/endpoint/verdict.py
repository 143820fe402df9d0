"""The number at the end of a judge's answer."""

from __future__ import annotations

import re

_SCORE = re.compile(
    r"\bscore\b[\s*_#:=]{1,8}(\d+(?:\.\d+)?)(?!\.?\d)(?:[\s*_]*/[\s*_]*(\d+))?", re.IGNORECASE
)
MOST = 100.0


def score_of(text: str) -> float | None:
    """The last "Score: n/100" of an answer, else the last "Score: n"; in [0, 100].

    Scores out of anything else are of a part. None: there is none, so that nothing is known.
    """
    found = [(float(number), out_of) for number, out_of in _SCORE.findall(text)]
    whole = [score for score, out_of in found if out_of == "100"]
    plain = [score for score, out_of in found if not out_of]
    score = (whole or plain or [None])[-1]
    return score if score is not None and score <= MOST else None
