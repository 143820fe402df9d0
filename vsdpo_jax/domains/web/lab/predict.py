"""Feedback that follows from the choices alone, without rendering.

Colours against the asked surfaces, sizes of type, names of pictures and what is left out decide
four axes wherever the layout lets everything be seen. The words are those of the page rubric; tests
hold them against real renders.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from vsdpo_jax.domains.slots import Choices
from vsdpo_jax.domains.web.judge.detectors_text import (
    CONTRAST,
    LARGE_BOLD_PX,
    LARGE_CONTRAST,
    LARGE_PX,
)
from vsdpo_jax.domains.web.lab.genres import GENRES, plain_heading, surface
from vsdpo_jax.domains.web.lab.measure import contrast
from vsdpo_jax.domains.web.lab.pieces import SMALLEST_PX
from vsdpo_jax.domains.web.lab.programs import Shown, shown_texts
from vsdpo_jax.domains.web.lab.tasks import PageTask
from vsdpo_jax.domains.words import quoted

PREDICTED_AXES = ("contrast", "tiny", "images", "content")
NOTES_PER_AXIS = 2
SLIP, SLIP_LETTERS = 0.75, 4
"""From this similarity on a text is the asked one with a slip; shorter ones are none."""


def predicted_feedback(task: PageTask, choices: Choices) -> dict[str, str]:
    """Axis -> note or "ok", for PREDICTED_AXES.

    Args:
      task: what is built.
      choices: of a page on which nothing is cut or covered.

    Raises:
      ValueError: for choices with a mistake, which leaves nothing to be seen.
    """
    if choices.mistake is not None:
        raise ValueError(f"predicted_feedback: mistake {choices.mistake!r} leaves nothing to see")
    shown = shown_texts(task, choices)
    wrong = list(_wrong_texts(task, choices, shown))
    unseen = [note for note in wrong if note.endswith(" missing")]
    pictures = list(_wrong_pictures(task, choices))
    notes = {
        "contrast": [*_contrast(task, choices, shown), *unseen],
        "tiny": [*_tiny(choices, shown), *unseen],
        "images": [*(f"{name} broken" for name in _broken(task, choices)), *pictures],
        "content": [*wrong, *pictures],
    }
    return {axis: "; ".join(list(dict.fromkeys(found))[:NOTES_PER_AXIS]) or "ok"
            for axis, found in notes.items()}  # fmt: skip


def _contrast(task: PageTask, choices: Choices, shown: Sequence[Shown]) -> list[str]:
    found = []
    for text in shown:
        ground = surface(task, GENRES[task.genre].decisions[text.type.color])
        ratio = contrast(str(choices.values[text.type.color]), ground)
        size = int(choices.values[text.type.size])
        is_large = size >= LARGE_PX or (text.type.bold and size >= LARGE_BOLD_PX)
        needed = LARGE_CONTRAST if is_large else CONTRAST
        if ratio < needed:
            found.append((ratio / needed, f"text {quoted(text.words)} {ratio:.1f}"))
    return [note for _, note in sorted(found, key=lambda item: item[0])]


def _tiny(choices: Choices, shown: Sequence[Shown]) -> list[str]:
    sizes = [(int(choices.values[text.type.size]), text.words) for text in shown]
    tiny = sorted((item for item in sizes if item[0] < SMALLEST_PX), key=lambda item: item[0])
    return [f"text {quoted(words)} {size} px" for size, words in tiny]


def _broken(task: PageTask, choices: Choices) -> list[str]:
    is_there = task.picture and "picture" not in choices.omitted
    return [f"image {quoted(task.picture)}"] if is_there and choices.values["src"] else []


def _wrong_pictures(task: PageTask, choices: Choices) -> list[str]:
    is_gone = task.picture and ("picture" in choices.omitted or choices.values["src"])
    return [f"image {quoted(task.picture)} missing"] if is_gone else []


def _wrong_texts(task: PageTask, choices: Choices, shown: Sequence[Shown]) -> Iterator[str]:
    """What is not written as asked, in the order in which the content axis looks for it."""
    if plain_heading(task, choices.values):
        yield "heading not large"
    words = [text.words for text in shown]
    asked = task.asked
    for kind in ("text", "link", "button"):
        wanted = sorted(asked.get(f"{kind}s", ()), key=lambda text: -len(text))
        for text in wanted:
            if text not in words:
                yield f"{kind} {quoted(text)} {_how(text, words)}"
    for table in asked.get("tables", ()):
        for number, text in enumerate(text for row in table["rows"] for text in row):
            if text not in words:
                is_slip = choices.slip is not None and choices.slip[0] == number
                # Something else stands in its row and column.
                yield f"table 1 cell {quoted(text)} {'wrong' if is_slip else _how(text, words)}"
    for field in asked.get("fields", ()):
        if field["label"] not in words:
            yield f"field {quoted(field['label'])} missing"


def _how(text: str, words: Sequence[str]) -> str:
    """Whether some text of the page is nearly the asked one."""
    wanted = text.casefold()
    if len(wanted) < SLIP_LETTERS:
        return "missing"
    near = (
        SequenceMatcher(None, said.casefold(), wanted, autojunk=False).ratio()
        for said in words
        if 0.6 < (len(said) + 1) / (len(wanted) + 1) < 1.7
    )
    return "wrong" if max(near, default=0.0) > SLIP else "missing"
