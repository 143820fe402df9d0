"""The high-level score: a vision model compares the two pictures, the reference first.

Six dimensions and their points, order of the pictures and sampling are the official evaluator's
(commit c9e149c); the words are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsdpo_jax.benchmarks.base import Column, JudgedAxis, Request
from vsdpo_jax.benchmarks.chartmimic import extract
from vsdpo_jax.endpoint.chat import Chat, Message
from vsdpo_jax.endpoint.verdict import MOST, score_of

ROOM = "vsdpo_jax.benchmarks.chartmimic.picture"
PROMPT = """\
You are a strict judge of figures. Two pictures follow. The first is the reference, a figure drawn \
with matplotlib. The second was drawn by a program that was to reproduce the first. Say how well \
the second picture reproduces the first, with at most 100 points:

1. Chart types (20 points): does the second picture hold all chart types of the first, such as \
lines, bars, scatter or heat maps?
2. Layout (10 points): are subplots arranged alike, in rows and columns?
3. Text content (20 points): are titles, axis labels, annotations and legends the same? Leave tick \
labels out.
4. Data (20 points): do trends, and the number of data groups, agree?
5. Style (20 points): do colours, markers, line styles, legend and grid agree?
6. Clarity (10 points): is the second picture clear, without elements that overlap?

Compare carefully. Answer in this form, a comment with its points for each dimension, then the sum:

Comments:
- Chart types: <comment and points>
- Layout: <comment and points>
- Text content: <comment and points>
- Data: <comment and points>
- Style: <comment and points>
- Clarity: <comment and points>

Score: <a number from 0 to 100>"""


def _question(reference: bytes, candidate: bytes) -> Chat:
    turn = Message(role="user", parts=(PROMPT, reference, candidate))
    return Chat(messages=(turn,), max_tokens=4096, temperature=0.1, top_p=0.95, detail="high")


def _picture(text: str, name: str, is_candidate: bool) -> Request:
    source = extract.checked(extract.candidate(text)) if is_candidate else text
    return Request(room=ROOM, source=source)


def _score(answer: str) -> float | None:
    score = score_of(answer)
    return None if score is None else score / MOST


def high_level(low: Column) -> JudgedAxis:
    """The axis, and its columns: High, and Overall, the mean of Low and High."""

    def overall(axes: Mapping[str, Any]) -> float | None:
        values = low.value(axes), axes["high"]
        return None if None in values else (values[0] + values[1]) / 2

    return JudgedAxis(
        name="high",
        columns=(
            Column(name="High", value=lambda axes: axes["high"]),
            Column(name="Overall", value=overall),
        ),
        picture=_picture,
        question=_question,
        score=_score,
    )
