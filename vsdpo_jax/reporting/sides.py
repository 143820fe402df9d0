"""One rollout as the templates take it: picture, regions, defects, program, and what links them.

A statement is linked to the regions that it drew and to the defects that it is responsible for
(Eq. 4). Programs and their texts are hostile: whatever a terminal or a reader would obey (controls,
marks of direction, separators of lines) is spelt out here; the templates escape the rest.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vsdpo_jax.credit import Language, Statements, responsibility
from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.records import Box, Span, StatementCredit
from vsdpo_jax.reporting.figures import Case
from vsdpo_jax.reporting.picture_files import Picture, Pictures
from vsdpo_jax.reporting.runs import ReportError, Shown
from vsdpo_jax.runtime.episodes import Sample
from vsdpo_jax.runtime.streams import printable

ERROR_TAIL = 900
"""Characters of a trace that are shown: its end says what went wrong."""
MOST_REGIONS = 300
"""Regions that can be pointed at in one picture; further ones are left out, the smallest first."""
BLAMED = 0.05
"""Smaller responsibilities come from boxes that meet by chance."""
MOST_BLAMED = 3
BROKEN_LINE = re.compile(r'\{"error": "line (\d+): ')
"""In the feedback on a program that raised an error."""
LEVELS = 9
"""Shades of a responsible statement; the style sheet has a class for each."""
TEXT_LIMIT = 20_000
"""Characters of a program that are shown: a model that never stops writes on and on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """Something drawn: its box in the picture, the statement that drew it, what it is."""

    box: Box
    statement: int
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """A defect; or what is missing or hidden, with the axes that fail for it, without a number.

    Attributes:
      number: on the picture, from 1; 0 without a box.
      shift: how many earlier defects have the same corner, for numbers side by side.
      box: cut at the edges of the picture; None where there is no picture.
      statements: responsible, the most responsible one first.
      line: of the most responsible one; 0: of none.
      fate: "cured", "introduced" or "", of its axis.
    """

    number: int
    shift: int
    axis: str
    message: str
    box: Box | None
    statements: tuple[int, ...]
    line: int
    fate: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of one line that belongs to one statement (-1: to none).

    ``level`` shades it by responsibility; ``is_first`` marks where a linked statement begins.
    """

    text: str
    statement: int
    level: int
    title: str
    is_first: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line: its number in the program (0: outside of it); whether the program failed there."""

    number: int
    pieces: tuple[Piece, ...]
    is_broken: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """What a template shows of one rollout."""

    label: str
    score: str
    picture: Picture | None
    failure: str
    reason: str
    regions: tuple[Region, ...]
    faults: tuple[Fault, ...]
    axes: tuple[tuple[str, bool, str], ...]
    lines: tuple[Line, ...]
    num_hidden: int
    feedback: str


def view(
    shown: Shown,
    label: str,
    pictures: Pictures,
    fates: Mapping[str, str],
    *,
    is_last: bool = True,
    is_kept: bool = False,
) -> Side:
    """The rollout for a template.

    Args:
      shown: the rollout.
      label: of its policy.
      pictures: where its picture goes.
      fates: axis -> cured or introduced.
      is_last: of the sides of a case, the one on which axes are marked that changed.
      is_kept: put the picture into the page itself, whatever the number of pictures.

    Raises:
      ReportError: its domain is not installed.
    """
    sample = shown.sample
    render, diagnosis = sample.judged.render, sample.judged.diagnosis
    program, offset = language_of(sample.task.domain).extract(sample.rollout.text)
    statements = Statements.of_spans(
        program, [statement.span for statement in sample.statements], len(program)
    )
    order = {span: index for index, span in enumerate(statements.spans)}
    picture = None if shown.picture is None else pictures.add(shown.picture, embed=is_kept)
    what = "" if render.status == "ok" else render.status
    text = sample.rollout.text
    return Side(
        label=label,
        score="not scored" if diagnosis.masked else f"{100 * diagnosis.reward:.0f}",
        picture=picture,
        failure=what + (f" ({render.limit})" if render.limit else ""),
        reason=shown_text(render.error[-ERROR_TAIL:]),
        regions=_regions(sample, statements, picture),
        faults=tuple(_faults(sample, statements, picture, fates)),
        axes=tuple(
            (axis, satisfied, fates.get(axis, "") if is_last else "")
            for axis, satisfied in diagnosis.rubric.items()
        ),
        lines=tuple(_lines(text, offset, sample, statements, order)),
        num_hidden=max(len(text) - TEXT_LIMIT, 0),
        feedback=shown_text(diagnosis.feedback),
    )


def sides_of(
    case: Case, labels: Sequence[str], pictures: Pictures, *, is_kept: bool = False
) -> list[Side]:
    """All sides of a case."""
    fates = case.fates()
    return [
        view(shown, label, pictures, fates, is_last=shown is case.sides[-1], is_kept=is_kept)
        for shown, label in zip(case.sides, labels, strict=True)
    ]


def language_of(domain: str) -> Language:
    """The language of a domain's programs.

    Raises:
      ReportError: the domain is not installed.
    """
    try:
        return load_domain(domain).language
    except ValueError as error:
        raise ReportError(f"{error}; install what the run used") from None


def shown_text(text: str) -> str:
    """``text`` with controls, marks of direction and separators of lines spelt out."""
    return text if text.isprintable() else printable(text)


def _regions(sample: Sample, statements: Statements, picture: Picture | None) -> tuple[Region, ...]:
    """Large ones first, so that the small ones lie on top."""
    if picture is None:
        return ()
    found = []
    for element in sample.judged.render.elements:
        index = statements.smallest_enclosing(element.span)
        if index is not None:
            what = f"{element.role}: {element.text}" if element.text else element.role
            label = f"{shown_text(what[:80])}, line {statements.lines[index][0]}"
            box = _cut(element.region, picture)
            found.append(Region(box=box, statement=index, label=label))
    found.sort(key=lambda region: -region.box[2] * region.box[3])
    return tuple(found[:MOST_REGIONS])


def _faults(
    sample: Sample, statements: Statements, picture: Picture | None, fates: Mapping[str, str]
) -> Iterator[Fault]:
    elements, diagnosis = sample.judged.render.elements, sample.judged.diagnosis
    defects = [defect for defect in diagnosis.defects if defect.severity]
    corners: Counter[tuple[int, int]] = Counter()
    for number, defect in enumerate(defects, 1):
        blamed = _blamed(responsibility(statements, elements, [defect]))
        box = None if picture is None else _cut(defect.region, picture)
        corner = (-1, -1) if box is None else (round(box[0]), round(box[1]))
        yield Fault(
            number=number, shift=corners[corner], axis=defect.axis,
            message=shown_text(defect.message), box=box, statements=blamed,
            line=statements.lines[blamed[0]][0] if blamed else 0, fate=fates.get(defect.axis, ""),
        )  # fmt: skip
        corners[corner] += 1
    unseen: dict[str, list[str]] = {}
    for axis, notes in diagnosis.unseen.items():
        unseen.setdefault("; ".join(notes), []).append(axis)
    for notes, axes in unseen.items():
        yield Fault(
            number=0, shift=0, axis=", ".join(axes), box=None, statements=(), line=0, fate="",
            message=shown_text(f"cannot be judged: {notes}"),
        )  # fmt: skip


def _blamed(responsibility_S: np.ndarray) -> tuple[int, ...]:
    order = np.argsort(-responsibility_S, kind="stable")[:MOST_BLAMED]
    return tuple(int(index) for index in order if responsibility_S[index] >= BLAMED)


def _cut(box: Box, picture: Picture) -> Box:
    """The part of a box that lies in the picture, at least a pixel wide and high."""
    x, y, width, height = box
    left, right = (min(max(value, 0.0), picture.width) for value in (x, x + width))
    top, bottom = (min(max(value, 0.0), picture.height) for value in (y, y + height))
    return left, top, max(right - left, 1.0), max(bottom - top, 1.0)


def _lines(
    text: str, offset: int, sample: Sample, statements: Statements, order: Mapping[Span, int]
) -> Iterator[Line]:
    """The text of a rollout as lines of pieces, cut where the statement changes."""
    first = text.count("\n", 0, offset)
    num_lines = len(statements.source.rstrip("\n").split("\n"))
    broken = BROKEN_LINE.match(sample.judged.diagnosis.feedback)
    text = text[:TEXT_LIMIT]
    owner_C = np.full(len(text), -1)
    inside = statements.owner_of_characters()[: max(len(text) - offset, 0)]
    owner_C[offset : offset + len(inside)] = inside
    credits_ = {order[statement.span]: statement for statement in sample.statements}
    seen: set[int] = set()
    start = 0
    for number, line in enumerate(text.split("\n"), 1 - first):
        is_inside = 1 <= number <= num_lines
        yield Line(
            number=number if is_inside else 0,
            pieces=tuple(_pieces(line, owner_C[start : start + len(line)], credits_, seen)),
            is_broken=is_inside and broken is not None and int(broken[1]) == number,
        )
        start += len(line) + 1


def _pieces(
    line: str, owner_L: np.ndarray, credits_: Mapping[int, StatementCredit], seen: set[int]
) -> Iterator[Piece]:
    """A line by its statements; ``seen`` are those that began before, and is added to."""
    cuts = [0, *(np.flatnonzero(np.diff(owner_L)) + 1).tolist(), len(line)]
    for low, high in itertools.pairwise(cuts):
        index = int(owner_L[low]) if low < high else -1
        level, title = 0, ""
        if index >= 0 and (share := credits_[index].responsibility) >= BLAMED:
            level = max(round(LEVELS * share), 1)
            title = f"responsibility {share:.2f}, weight {credits_[index].weight:.2f}"
        is_first = index >= 0 and index not in seen and not line[low:high].isspace()
        if is_first:
            seen.add(index)
        yield Piece(shown_text(line[low:high]), index, level, title, is_first)
