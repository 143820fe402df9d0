"""Lab pages with random layout choices: the mediocre author that the mini model learns from.

A page is a pure function of a task and of ``Choices``. Each choice knows which characters of the
page it made (``Program.spans``), so that the corpus can re-choose one decision and leave the rest
of the page as it is, or mask the loss of a bad one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from vsdpo_jax.domains.lab import Program, ProgramText, pick
from vsdpo_jax.domains.slots import Choices, Value
from vsdpo_jax.domains.web.lab.genres import (
    GENRES,
    faults_of,
    pale_inks,
    readable_inks,
    surface,
)
from vsdpo_jax.domains.web.lab.measure import contrast
from vsdpo_jax.domains.web.lab.pieces import Decision, Type
from vsdpo_jax.domains.web.lab.tasks import FIRST, PageTask

OMITTABLE = ("text", "row", "button", "picture")
MISTAKES = {
    "open_style": "style_end",
    "style_again": "style_end",
    "open_comment": "comment",
    "script_tag": "style_start",
    "hidden_body": "body_rule",
}
"""Mistake -> the span that spells it; each leaves nothing of the page to be seen."""
_HEADS = ("h1_color", "dt_color", "th_color", "b_color", "div_color", "button_color")
STRONG = 6.0
"""Contrast of the accents of a careful page."""
_SLOT = re.compile(r"\[(\w+)\]")


def random_choices(
    rng: np.random.Generator,
    task: PageTask,
    *,
    mistake_share: float = 0.1,
    slip_share: float = 0.05,
    omit_share: float = 0.04,
    pale_share: float = 0.13,
) -> Choices:
    """Decisions of an author who does not look at the page.

    The shares are those of pages with a mistake or a wrong text, of each omittable part that is
    missing, and of each colour of a text that is pale.
    """
    values = {
        name: _random_value(rng, task, decision, pale_share)
        for name, decision in GENRES[task.genre].decisions.items()
    }
    omitted = frozenset(name for name in _omittable(task) if rng.random() < omit_share)
    slip = None
    if task.rows and rng.random() < slip_share:
        row = int(rng.integers(len(task.rows) - ("row" in omitted)))
        slip = _slip(rng, task, row)
    mistake = pick(rng, list(MISTAKES)) if rng.random() < mistake_share else None
    return Choices(values=values, omitted=omitted, slip=slip, mistake=mistake)


def _random_value(
    rng: np.random.Generator, task: PageTask, decision: Decision, pale_share: float
) -> Value:
    if not decision.surface:
        return pick(rng, decision.options, decision.shares)
    background = surface(task, decision)
    return pick(
        rng, pale_inks(background) if rng.random() < pale_share else readable_inks(background)
    )


def _omittable(task: PageTask) -> list[str]:
    parts = {"text": task.text, "row": task.rows[1:], "button": task.button,
             "picture": task.picture}  # fmt: skip
    return [name for name in OMITTABLE if parts[name]]


def _slip(rng: np.random.Generator, task: PageTask, row: int) -> tuple[int, str]:
    """A word of one cell replaced by another, or a number by its neighbour."""
    cells = [0] if task.genre == "form" else range(len(task.rows[row]))
    cell = int(pick(rng, list(cells)))
    text, number = task.rows[row][cell], row * len(task.rows[row]) + cell
    digits = text.lstrip("$")
    if digits.isdigit():
        return number, text[: len(text) - len(digits)] + str(int(digits) + 5)
    first, _, rest = text.partition(" ")
    other = pick(rng, [word for word in FIRST if word != first])
    return number, f"{other} {rest}".strip()


def careful_choices(task: PageTask) -> Choices:
    """Choices that satisfy every axis: what the task's texts leave room for, best first.

    Raises:
      ValueError: nothing fits; no task of ``make_task`` is so.
    """
    decisions = GENRES[task.genre].decisions
    values: dict[str, Value] = {
        name: _careful_ink(task, name, decision)
        for name, decision in decisions.items()
        if decision.surface
    }
    names = [name for name, decision in decisions.items() if not decision.surface]
    for combination in _best_first(task.genre):
        values.update(zip(names, combination, strict=True))
        if not faults_of(task, values):
            return Choices(values=values)
    raise ValueError(f"careful_choices: nothing fits {task}")


def _careful_ink(task: PageTask, name: str, decision: Decision) -> str:
    """Black or white for text; for heads the other surface's colour where it can be read."""
    background = surface(task, decision)
    inks = readable_inks(background)
    if name not in _HEADS:
        return inks[0]
    other = task.block if background == task.page else task.page
    strong = [ink for ink in inks if contrast(ink, background) >= STRONG]
    return other if other in strong else strong[task.seed % len(strong)]


@cache
def _best_first(genre: str) -> tuple[tuple[Value, ...], ...]:
    """All careful combinations of a genre's layout, by the sum of the ranks of their members."""
    options = [d.careful for d in GENRES[genre].decisions.values() if not d.surface]
    ranks = itertools.product(*(range(len(each)) for each in options))
    return tuple(
        tuple(each[place] for each, place in zip(options, places, strict=True))
        for places in sorted(ranks, key=lambda places: (sum(places), max(places)))
    )


class _Text(ProgramText):
    """A page under construction."""

    def fill(self, template: str, texts: Mapping[str, str], names: Mapping[str, str]) -> None:
        """A template with its slots filled; ``names`` renames the choice of a slot."""
        place = 0
        for match in _SLOT.finditer(template):
            self.put(template[place : match.start()])
            self.put(texts[match[1]], names.get(match[1], match[1]))
            place = match.end()
        self.put(template[place:])


def write_program(task: PageTask, choices: Choices) -> Program:
    """The page of a task under these choices."""
    genre, mistake, out = GENRES[task.genre], choices.mistake, _Text()
    texts = {
        **{name: str(value) for name, value in choices.values.items()},
        "page": task.page, "block": task.block, "heading": task.heading, "text": task.text,
        "button": task.button,
    }  # fmt: skip
    out.put("<!DOCTYPE html>\n<")
    out.put("script" if mistake == "script_tag" else "style", "style_start")
    out.put(">\nbody{")
    out.put("visibility:hidden;" if mistake == "hidden_body" else "", "body_rule")
    out.fill(genre.style.removeprefix("body{"), texts, {})
    ends = {"open_style": "", "style_again": "<style>\n"}
    out.put(ends.get(mistake or "", "</style>\n"), "style_end")
    out.put("<!--\n" if mistake == "open_comment" else "", "comment")
    for line in genre.body:
        slots = _SLOT.findall(line)
        gone = [name for name in slots if name in choices.omitted]
        if gone:
            out.put("", gone[0])
        elif "rows" in slots:
            _put_rows(out, task, choices)
        elif "picture" in slots:
            source = str(choices.values["src"]) or task.picture_file
            out.fill('<img src=[src] alt="[picture]">\n', {"src": source,
                     "picture": task.picture}, {})  # fmt: skip
        elif task.genre == "table" and "0" in slots:
            head = {str(i): name for i, name in enumerate(task.columns)}
            out.fill(line + "\n", {**texts, **head}, {slot: f"column{slot}" for slot in head})
        else:
            out.fill(line + "\n", texts, {})
    return out.done(None if mistake is None else MISTAKES[mistake])


def _put_rows(out: _Text, task: PageTask, choices: Choices) -> None:
    rows = written_rows(task, choices)
    width = len(task.rows[0])
    for number, row in enumerate(rows):
        cells = {str(i): cell for i, cell in enumerate(row)}
        names = {slot: f"cell{number * width + int(slot)}" for slot in cells}
        out.fill(GENRES[task.genre].row + "\n", cells, names)
    if len(rows) < len(task.rows):
        out.put("", "row")


def written_rows(task: PageTask, choices: Choices) -> tuple[tuple[str, ...], ...]:
    """The rows as the page spells them, mistakes included."""
    rows = list(task.rows[: len(task.rows) - ("row" in choices.omitted)])
    if choices.slip is not None:
        number, text = choices.slip
        row, cell = divmod(number, len(task.rows[0]))
        rows[row] = (*rows[row][:cell], text, *rows[row][cell + 1 :])
    return tuple(rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A text that the page writes.

    Attributes:
      words: as written.
      type: the decisions on its colour and size.
      span: its name in ``Program.spans``.
    """

    words: str
    type: Type
    span: str


def shown_texts(task: PageTask, choices: Choices) -> list[Shown]:
    """The page's texts in the order of its source."""
    genre, shown = GENRES[task.genre], []

    def show(words: str, role: str, span: str) -> None:
        if role in genre.types:
            shown.append(Shown(words=words, type=genre.types[role], span=span))

    single = {"heading": task.heading, "text": task.text, "button": task.button}
    for line in genre.body:
        slots = _SLOT.findall(line)
        if choices.omitted.intersection(slots):
            continue
        for slot in slots:
            if slot in single:
                show(single[slot], slot, slot)
            elif slot.isdigit():
                show(task.columns[int(slot)], "column", f"column{slot}")
        if "rows" in slots:
            for number, row in enumerate(written_rows(task, choices)):
                for cell, words in enumerate(row):
                    show(words, str(cell), f"cell{number * len(row) + cell}")
    return shown
