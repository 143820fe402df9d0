"""Feedback that follows from the choices alone, without rendering.

Almost all of a lab slide can be foreseen (see ``faults``). The words are those of the slide rubric;
tests hold them against real renders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import numpy as np
from scipy import ndimage

from vsdpo_jax.domains.ledger import HALF
from vsdpo_jax.domains.rubric import NOTES_PER_AXIS
from vsdpo_jax.domains.slide.judge import aeslides
from vsdpo_jax.domains.slide.judge.content.axes import IMAGE_AXES, TEXT_AXES
from vsdpo_jax.domains.slide.judge.content.reading import SLIP, SLIP_LETTERS
from vsdpo_jax.domains.slide.judge.content.roles import points
from vsdpo_jax.domains.slide.judge.detectors_frame import HOLE, largest_rectangle
from vsdpo_jax.domains.slide.judge.rubric import AXES
from vsdpo_jax.domains.slide.lab.faults import GRID, busy_middle, faults_in, scene_of, size_of
from vsdpo_jax.domains.slide.lab.genres import KINDS
from vsdpo_jax.domains.slide.lab.programs import written_task
from vsdpo_jax.domains.slide.lab.scene import Scene
from vsdpo_jax.domains.slide.lab.sight import sight_of
from vsdpo_jax.domains.slide.lab.tasks import SlideTask
from vsdpo_jax.domains.slots import Choices
from vsdpo_jax.domains.words import quoted


def predicted_feedback(task: SlideTask, choices: Choices) -> dict[str, str]:
    """Axis -> note or "ok".

    Raises:
      ValueError: for choices with a mistake, which leaves no deck.
    """
    if choices.mistake is not None:
        raise ValueError(f"predicted_feedback: mistake {choices.mistake!r} leaves no deck")
    written, values = written_task(task, choices), choices.values
    scene = scene_of(written, values, choices.omitted)
    notes: dict[str, list[str]] = {axis: [] for axis in AXES}
    for fault in sorted(faults_in(written, values, scene), key=lambda fault: -fault.badness):
        if fault.axis not in ("content", "whitespace"):
            notes[fault.axis].append(fault.note)
        elif fault.axis == "whitespace":
            notes["whitespace"] += _holes(scene)
    content = _Content()
    content.read(task, written, choices, scene)
    notes["content"] = content.notes
    for axis, found in content.unseen().items():
        notes[axis] += found
    return {axis: "; ".join(list(dict.fromkeys(found))[:NOTES_PER_AXIS]) or "ok"
            for axis, found in notes.items()}  # fmt: skip


def _holes(scene: Scene) -> list[str]:
    """Where the large holes are, the largest first."""
    empty = ~busy_middle(scene)
    labels = np.zeros(empty.shape, np.int32)
    count = int(ndimage.label(empty, output=labels))  # pyright: ignore[reportArgumentType]
    cells = scene.width * scene.height / GRID**2
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    order = [int(i) for i in np.argsort(-sizes)]
    large = [i for i in order if sizes[i] >= HOLE * cells] or order[:1]
    top = round(aeslides.CROP_TOP * scene.height)
    left = round(aeslides.CROP_SIDE * scene.width)
    notes = []
    for label in large:
        hole = np.kron(labels == label + 1, np.ones((GRID, GRID), dtype=bool))
        x, y, w, h = largest_rectangle(hole)
        across, down = (left + x + w / 2) / scene.width, (top + y + h / 2) / scene.height
        side = " ".join(
            filter(None, (_third(down, "top", "bottom"), _third(across, "left", "right")))
        )
        notes.append(f"hole at the {side}" if side else "hole in the middle")
    return notes


def _third(share: float, low: str, high: str) -> str:
    return low if share < 0.4 else high if share > 0.6 else ""


@dataclass
class _Content:
    """What the content axis finds, in its order."""

    notes: list[str] = field(default_factory=list)
    asked: int = 0
    right: int = 0
    _missing: list[tuple[str, Sequence[str]]] = field(default_factory=list)

    def unseen(self) -> dict[str, list[str]]:
        """Axis -> what it cannot judge."""
        found: dict[str, list[str]] = {}
        for note, axes in self._missing:
            for axis in axes:
                found.setdefault(axis, []).append(note)
        if self.right < HALF * self.asked:
            for axis in TEXT_AXES:
                found.setdefault(axis, []).append(f"{self.right} of {self.asked} as asked")
        return found

    def read(self, task: SlideTask, written: SlideTask, choices: Choices, scene: Scene) -> None:
        """Look for everything that is asked."""
        seen = sight_of(written, choices.values, scene)
        plain = [f.note for f in faults_in(written, choices.values, scene)
                 if f.axis == "content" and f.note.startswith("title")]  # fmt: skip
        asked = task.asked
        self._text("title", task.title, seen, plain)
        if "subtitle" in asked:
            self._text("subtitle", asked["subtitle"], seen, _large_subtitle(scene))
        for kind in ("bullet", "text"):
            for text in sorted(asked.get(f"{kind}s", ()), key=lambda text: -len(text)):
                self._text(kind, text, seen)
        if "images" in asked:
            self._thing("image missing", "picture" in seen, IMAGE_AXES)
        if task.genre == "table":
            self._table(task, written, choices)
        if task.genre == "chart":
            self._chart(task, written, choices, seen)

    def _text(
        self, kind: str, text: str, seen: Mapping[str, str], wrong: Sequence[str] = ()
    ) -> None:
        name = "title" if kind == "title" else f"{kind} {quoted(text)}"
        state = seen.get(text, "missing")
        if state == "missing" and _is_near(text, seen):
            state = "wrong"
        full = f"{kind} {quoted(text)}"
        if state == "ok":
            self._wrong(wrong[0]) if wrong else self._ok()
        elif state == "missing":
            self._thing(f"{name} missing", False, TEXT_AXES)
        else:
            self._wrong(f"{full} {'wrong' if state == 'wrong' else 'in part'}")

    def _table(self, task: SlideTask, written: SlideTask, choices: Choices) -> None:
        for _ in task.columns:
            self._ok()
        for number, row in enumerate(task.rows):
            for cell, text in enumerate(row):
                name = f"table 1 cell {quoted(text)}"
                if number >= len(written.rows):
                    self._thing(f"{name} missing", False, TEXT_AXES)
                elif choices.slip is not None and choices.slip[0] == number * len(row) + cell:
                    self._wrong(f"{name} wrong")
                else:
                    self._ok()

    def _chart(
        self, task: SlideTask, written: SlideTask, choices: Choices, seen: Mapping[str, str]
    ) -> None:
        if "chart" not in seen:
            self._thing("chart 1 missing", False, TEXT_AXES)
            return
        drawn = KINDS[int(choices.values["kind"])]
        if drawn == task.kind:
            self._ok()
        else:
            self._wrong(f"chart 1 is {drawn}")
        for _ in task.columns:
            self._ok()
        own = {row[0]: row[1:] for row in written.rows}
        names = [row[0] for row in task.rows]
        if not choices.values["legend"] or any(name not in own for name in names):
            self._thing("chart 1 key missing", False, TEXT_AXES)
        for name, *values in task.rows:
            called = f"chart 1 series {quoted(name)}"
            if name not in own:
                self._thing(f"{called} missing", False, TEXT_AXES)
            elif tuple(values) != own[name]:
                self._wrong(f"{called} wrong")
            else:
                self._ok()

    def _ok(self) -> None:
        self.asked += 1
        self.right += 1

    def _wrong(self, note: str) -> None:
        self.asked += 1
        self.notes.append(note)

    def _thing(self, note: str, is_there: bool, axes: Sequence[str]) -> None:
        if is_there:
            self._ok()
            return
        self._wrong(note)
        self._missing.append((note, axes))


def _large_subtitle(scene: Scene) -> list[str]:
    sizes = {seen.thing.type: size_of(scene, seen) for seen in scene.things}
    own, title = sizes.get("size", 0.0), sizes["title_size"]  # left out: no size
    if own <= 1.01 * title:
        return []
    return [f"subtitle {points(own)} larger than title {points(title)}"]


def _is_near(text: str, seen: Mapping[str, str]) -> bool:
    """Whether something that is not asked for stands there and is nearly the text."""
    wanted = text.casefold()
    if len(wanted) < SLIP_LETTERS:
        return False
    near = (
        SequenceMatcher(None, said.casefold(), wanted, autojunk=False).ratio()
        for said, state in seen.items()
        if state == "ok" and 0.6 < (len(said) + 1) / (len(wanted) + 1) < 1.7
    )
    return max(near, default=0.0) > SLIP
