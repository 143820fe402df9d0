"""Lab decks with random layout choices: the mediocre author that the mini model learns from.

A program is a pure function of a task and of ``Choices``. Each choice knows which characters of the
program it made (``Program.spans``), so that the corpus can re-choose one decision and leave the
rest as it is, or mask the loss of a bad one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from vsdpo_jax.domains.lab import Program, ProgramText, pick
from vsdpo_jax.domains.slide.lab.faults import (
    faults_in,
    is_tight,
    pale_inks,
    readable_inks,
    scene_of,
)
from vsdpo_jax.domains.slide.lab.genres import GENRES, SIZES, decisions_of
from vsdpo_jax.domains.slide.lab.measure import contrast
from vsdpo_jax.domains.slide.lab.tasks import FIRST, PHOTO, SlideTask
from vsdpo_jax.domains.slots import Choices, Value

OMITTABLE = ("text", "row", "picture")
MISTAKES: Mapping[str, tuple[str, str]] = {
    "import": ("unit", "Inches"),
    "layouts": ("layouts", "slide_layout"),
    "shape": ("shape", "add_rect"),
    "enum": ("align", '"center"'),
    "attribute": ("color_of", "colour"),
    "photo": ("photo", "picture.jpg"),
    "end": ("end", ""),
    "save": ("save", "write"),
}
"""Mistake -> the slot that spells it and what stands there; each leaves no deck."""
_RIGHT = {"unit": "Cm", "layouts": "slide_layouts", "shape": "add_shape", "color_of": "color",
          "photo": PHOTO, "end": ")", "save": "save"}  # fmt: skip
_SLOT = re.compile(r"<(\w+)>")
_HEAD = """from pptx import Presentation
from pptx.util import <unit>,Pt
<imports>p=Presentation()
p.slide_width=Cm(<width>)
s=p.slides.add_slide(p.<layouts>[<layout>])
def box(a,t,size):
 b=s.shapes.<shape>(1,*map(Cm,a))
 b.fill.solid()
 b.fill.fore_color.theme_color=<color>
<wrap> b.text=t
 for q in b.text_frame.paragraphs:
  q.alignment=<align>
  q.font.size=Pt(size)
  q.font.<color_of>.theme_color=<ink>
"""
_FOOT = 'p.<save>("deck.pptx"<end>\n'
_CHART_IMPORT = "from pptx.chart.data import CategoryChartData\n"


def random_choices(
    rng: np.random.Generator,
    task: SlideTask,
    *,
    mistake_share: float = 0.1,
    slip_share: float = 0.05,
    omit_share: float = 0.03,
    pale_share: float = 0.25,
) -> Choices:
    """Decisions of an author who does not look at the slide.

    The places fit together but for slips here and there; the sizes of the type have nothing to do
    with the texts. The shares are those of programs with a mistake or a wrong text, of each
    omittable part that is missing, and of decks whose texts are pale.
    """
    plan = pick(rng, GENRES[task.genre].plans(task))
    values: dict[str, Value] = {}
    for name, decision in decisions_of(task).items():
        if rng.random() < decision.slip:
            values[name] = pick(rng, decision.options, decision.shares or None)
        else:
            values[name] = values[decision.like] if decision.like else plan[name]
    is_pale = rng.random() < pale_share
    values["ink"] = pick(rng, pale_inks(task.color) if is_pale else readable_inks(task.color))
    omitted = frozenset(name for name in omittable(task) if rng.random() < omit_share)
    slip = None
    if task.rows and rng.random() < slip_share:
        row = int(rng.integers(len(task.rows) - ("row" in omitted)))
        slip = _slip(rng, task, row)
    mistake = None
    if rng.random() < mistake_share:
        mistake = pick(rng, [m for m in MISTAKES if m != "photo" or task.has_picture])
        omitted -= {"picture"}
    return Choices(values=values, omitted=omitted, slip=slip, mistake=mistake)


def omittable(task: SlideTask) -> list[str]:
    """Which of OMITTABLE the task has."""
    parts = {"text": task.text, "row": task.rows[1:], "picture": task.has_picture}
    return [name for name in OMITTABLE if parts[name]]


def _slip(rng: np.random.Generator, task: SlideTask, row: int) -> tuple[int, str]:
    """A word of one cell replaced by another, or a number by its neighbour."""
    cell = int(rng.integers(len(task.rows[row])))
    text, number = task.rows[row][cell], row * len(task.rows[row]) + cell
    if text.isdigit():
        return number, str(int(text) + 5)
    first, _, rest = text.partition(" ")
    other = pick(rng, [word for word in FIRST if word != first])
    return number, f"{other} {rest}".strip()


def careful_choices(task: SlideTask) -> Choices:
    """Choices that satisfy every axis: what the task's texts leave room for, best first.

    Raises:
      ValueError: nothing fits; no task of ``make_task`` is so.
    """
    decisions = decisions_of(task)
    fixed = {name: d.careful[0] for name, d in decisions.items() if d.careful}
    fixed["ink"] = max(readable_inks(task.color), key=lambda ink: contrast(ink, task.color))
    sizes = [name for name in SIZES if name in decisions or f"{name}0" in decisions]
    careful = [decisions[name if name in decisions else f"{name}0"].careful for name in sizes]
    options = [GENRES[task.genre].plans(task), *careful]
    ranks = itertools.product(*(range(len(each)) for each in options))
    for places in sorted(ranks, key=lambda places: (sum(places), max(places))):
        plan, *chosen = (each[place] for each, place in zip(options, places, strict=True))
        values = {**fixed, **plan, **dict(zip(sizes, chosen, strict=True))}
        for name in decisions:
            if name not in values:  # boxes of one kind have type of one size
                values[name] = values[name.rstrip("0123456789")]
        values = {name: values[name] for name in decisions}
        scene = scene_of(task, values)
        if not is_tight(scene) and not faults_in(task, values, scene):
            return Choices(values=values)
    raise ValueError(f"careful_choices: nothing fits {task}")


def written_task(task: SlideTask, choices: Choices) -> SlideTask:
    """The task that the program fulfils: what is left out is gone, what is wrong stands there."""
    rows = list(task.rows[: len(task.rows) - ("row" in choices.omitted)])
    if choices.slip is not None:
        number, text = choices.slip
        row, cell = divmod(number, len(task.rows[0]))
        rows[row] = (*rows[row][:cell], text, *rows[row][cell + 1 :])
    text = "" if "text" in choices.omitted else task.text
    return replace(task, rows=tuple(rows), text=text)


class _Text(ProgramText):
    """A program under construction."""

    def __init__(self, task: SlideTask, choices: Choices) -> None:
        super().__init__()
        self._task, self._written = task, written_task(task, choices)
        slot, wrong = MISTAKES[choices.mistake] if choices.mistake else ("", "")
        self._slots = {
            **{name: str(value) for name, value in choices.values.items()},
            **_RIGHT,
            "color": str(task.color), "title": task.title, "text": task.text,
            "imports": _CHART_IMPORT if task.genre == "chart" else "",
            "count": str(len(self._written.rows) + 1),
        }  # fmt: skip
        if slot:
            self._slots[slot] = wrong

    def fill(self, template: str) -> None:
        """A template with its slots filled."""
        place = 0
        for match in _SLOT.finditer(template):
            self.put(template[place : match.start()])
            if match[1] == "columns":
                self._texts(self._task.columns, "column", 0)
            elif match[1] == "rows":
                self._rows()
            elif match[1] == "each":
                self._each()
            else:
                self.put(self._slots[match[1]], match[1])
            place = match.end()
        self.put(template[place:])

    def _texts(self, texts: tuple[str, ...], name: str, first: int) -> None:
        for number, text in enumerate(texts):
            self.put('"' if number == 0 else ',"')
            self.put(text, f"{name}{first + number}")
            self.put('"')

    def _each(self) -> None:
        for number, row in enumerate(self._written.rows):
            template = GENRES[self._task.genre].row.replace("#", str(number))
            cells = {str(cell): text for cell, text in enumerate(row)}
            place = 0
            for match in _SLOT.finditer(template):
                self.put(template[place : match.start()])
                if match[1] in cells:
                    self.put(cells[match[1]], f"cell{number * len(row) + int(match[1])}")
                else:
                    self.put(self._slots[match[1]], match[1])
                place = match.end()
            self.put(template[place:])
        if len(self._written.rows) < len(self._task.rows):
            self.put("", "row")

    def _rows(self) -> None:
        rows, genre = self._written.rows, self._task.genre
        for number, row in enumerate(rows):
            first = number * len(row)
            if genre == "chart":
                self.put("d.add_series(")
                self._texts(row[:1], "cell", first)
                self.put(",(")
                for cell, value in enumerate(row[1:], first + 1):
                    self.put(value, f"cell{cell}")
                    self.put("))\n" if cell == first + len(row) - 1 else ",")
                continue
            self.put("," if number else "")
            self.put("(" if genre == "timeline" else "")
            self._texts(row, "cell", first)
            self.put(")" if genre == "timeline" else "")
        if len(rows) < len(self._task.rows):
            self.put("", "row")
        if len(rows) == 1 and genre not in ("chart", "table"):
            self.put(",")  # a tuple of one


def write_program(task: SlideTask, choices: Choices) -> Program:
    """The program of a task under these choices."""
    out = _Text(task, choices)
    out.fill(_HEAD)
    for line in GENRES[task.genre].body.splitlines(keepends=True):
        gone = {"picture": "<photo>", "text": '"<text>"'}
        left_out = [name for name in choices.omitted if name in gone and gone[name] in line]
        if left_out:
            out.put("", left_out[0])
        else:
            out.fill(line)
    out.fill(_FOOT)
    return out.done(MISTAKES[choices.mistake][0] if choices.mistake else None)
