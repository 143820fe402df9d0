"""The content axis: can a person read off what the task asked for?

Without it reward is won by saying less, or by saying it where nobody sees it. Everything is read
from the finished picture: texts by their glyphs in their places, values by what is left of the
marks against the labels of the axis, names by the key. What cannot be seen satisfies no axis that
would have judged it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vsdpo_jax.domains.chart.judge.content.asked import TEXT_KEYS, normal, validate_asked
from vsdpo_jax.domains.chart.judge.content.categories import Categories, find_categories
from vsdpo_jax.domains.chart.judge.content.extras import (
    extra_marks,
    extra_panels,
    heap_of_texts,
)
from vsdpo_jax.domains.chart.judge.content.headings import read_heading
from vsdpo_jax.domains.chart.judge.content.pairing import READ_SHARE, best_pairing
from vsdpo_jax.domains.chart.judge.content.scale import Said
from vsdpo_jax.domains.chart.judge.content.series import Series, shapes_of
from vsdpo_jax.domains.chart.judge.content.values import Match, Reader
from vsdpo_jax.domains.chart.judge.content.view import Sight, View, glyph_text, main_box
from vsdpo_jax.domains.chart.judge.geometry import union
from vsdpo_jax.domains.chart.judge.parts import is_plain
from vsdpo_jax.domains.chart.paint.scene import Scene
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.records import Box, Defect

__all__ = ["Content", "check_content", "main_box", "validate_asked"]

MOST_NAMED_VALUES = 2
"""Of a series with more wrong values their number is told: likely another series, or another
order."""
MOST_AXES = 20
"""Of more axes the first are asked for their scales."""
_TEXT_AXES = ("overlap", "clip", "contrast", "tiny")
JUDGED_BY = {
    "text": _TEXT_AXES,
    "tick": (*_TEXT_AXES, "ticks"),
    "name": (*_TEXT_AXES, "legend"),
    "data": ("overlap", "legend", "contrast", "empty", "range"),
}
"""The axes that judge each kind of asked thing; none of them is satisfied by its absence."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Content:
    """What a person can read off.

    Attributes:
      reading: the content axis.
      unseen: axis -> what it would judge and cannot, as it is missing or hidden ("title missing").
      shown: how many of the asked things can be seen: texts, categories, names, values, the kind.
      required: how many were asked for.
    """

    reading: Reading
    unseen: Mapping[str, tuple[str, ...]]
    shown: int
    required: int

    @property
    def is_blank(self) -> bool:
        """Whether nothing of what was asked for can be seen."""
        return self.required > 0 and self.shown == 0


@dataclass(slots=True)
class _Ledger:
    """What was required, what of it was found, and what is wrong."""

    required: int = 0
    found: int = 0
    shown: int = 0
    defects: list[Defect] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unseen: dict[str, list[str]] = field(default_factory=dict)

    def count(self, required: int, found: int, shown: int | None = None) -> None:
        self.required += required
        self.found += found
        self.shown += found if shown is None else shown

    def wrong(self, kind: str, note: str, region: Box, message: str) -> None:
        self.notes.append(note)
        self.defects.append(
            Defect(axis="content", kind=kind, region=region, severity=1, message=message)
        )

    def miss(self, group: str, note: str) -> None:
        """No axis that judges this kind of thing is satisfied without it."""
        for axis in JUDGED_BY[group]:
            notes = self.unseen.setdefault(axis, [])
            if note not in notes:
                notes.append(note)

    def content(self) -> Content:
        return Content(
            reading=Reading(
                defects=tuple(self.defects),
                notes=tuple(self.notes),
                score=self.found / self.required if self.required else 1.0,
            ),
            unseen={axis: tuple(notes) for axis, notes in self.unseen.items()},
            shown=self.shown,
            required=self.required,
        )


def check_content(scene: Scene, asked: Mapping[str, Any]) -> Content:
    """Read off what was asked for.

    Required are: each text, in its role and place; each category at its marks; each value of each
    series, against an axis (or numbers at the marks) that says it; each name in a true key, when
    there are two or more series; the kind; nothing besides that changes the message.

    Args:
      scene: the picture.
      asked: see docs/architecture.md; absent keys are not checked.

    Returns:
      The content axis (score: found over required items; things too many count as not found), and
      what other axes miss.

    Raises:
      ValueError: ``asked`` does not follow its schema.
    """
    validate_asked(asked)
    # What a program gives may overflow; what does so is not right, and no reason to stop.
    with np.errstate(all="ignore"):
        return _Check(scene, asked).content()


class _Check:
    """One chart against one request."""

    def __init__(self, scene: Scene, asked: Mapping[str, Any]) -> None:
        self.asked = asked
        self.view = View(scene)
        self.ledger = _Ledger()
        rows = asked.get("series") or []
        self.rows: list[Sequence[float]] = [row["values"] for row in rows]
        self.names = [normal(row["name"]) or str(i + 1) for i, row in enumerate(rows)]
        shapes = shapes_of(self.view)
        self.wanted = asked.get("categories") or []
        self.categories = find_categories(self.view, self.wanted, shapes) if self.wanted else {}
        self.reader = Reader(self.view, self.rows, self._places(), shapes)
        self.pairing = best_pairing(
            self.view,
            self.reader,
            self.rows,
            [row["name"] for row in rows],
            asked.get("kind") or "",
        )
        used = [*self.pairing.pairs.values()] or list(self.pairing.series)
        self.homes = list(dict.fromkeys(one.axes for one in used))
        self.is_horizontal = any(one.is_horizontal for one in used)
        self.nameless = self._read_names()

    def content(self) -> Content:
        """Check everything."""
        for key in TEXT_KEYS:
            if normal(self.asked.get(key) or ""):
                self._check_heading(key)
        if any(normal(category) for category in self.wanted):
            self._check_categories()
        self._check_scales()
        for row in range(len(self.rows)):
            self._check_series(row)
        if self.asked.get("kind"):
            self._check_kind()
        if len(self.rows) > 1:
            self._check_names()
        self._check_extras()
        return self.ledger.content()

    def _places(self) -> dict[tuple[int, str], np.ndarray]:
        """Places of the categories along each axis, when each category is another one."""
        return {
            key: found.places
            for key, found in self.categories.items()
            if len(found.names) == len(self.wanted)
        }

    def _check_heading(self, key: str) -> None:
        heading = read_heading(self.view, key, self.asked[key], self.homes, self.is_horizontal)
        name = key.replace("_", " ")
        ledger, again = self.ledger, heading.again
        ledger.count(1 + len(again), int(not heading.fault), int(heading.is_there))
        place = self.view.main_box if heading.part is None else heading.part.place
        if heading.fault:
            said = "" if heading.part is None else f"'{glyph_text(heading.part)}'"
            told = {
                "missing": f"the {name} '{heading.asked}' is missing or cannot be seen",
                "wrong": f"the {name} reads {said} instead of '{heading.asked}'",
                "cut": f"the {name} '{heading.asked}' is cut",
                "hidden": f"the {name} '{heading.asked}' is hidden in part",
                "turned": f"the {name} '{heading.asked}' is not upright",
                "misplaced": f"the {name} '{heading.asked}' does not stand where a {name} stands",
            }[heading.fault]
            ledger.wrong(f"{key}_{heading.fault}", f"{name} {heading.fault}", place, told)
        if not heading.is_there:
            ledger.miss("text", f"{name} missing")
        for part in again:
            message = f"the {name} stands on the picture more than once"
            ledger.wrong(f"{key}_repeated", f"{name} twice", part.place, message)
        if heading.rival is not None:
            ledger.count(1, 0)
            said = glyph_text(heading.rival)
            message = f"'{said}' is read as the title instead of '{heading.asked}'"
            ledger.wrong(f"{key}_other", f"{name} not first", heading.rival.place, message)

    def _check_series(self, row: int) -> None:
        name, values = self.names[row], self.rows[row]
        painted, match = self.pairing.pairs.get(row), self.pairing.matches.get(row)
        if painted is None or match is None:
            self.ledger.count(len(values), 0)
            message = f"the series '{name}' is missing or cannot be read"
            self.ledger.wrong(
                "series_missing", f"series {name} missing", self.view.main_box, message
            )
            self.ledger.miss("data", f"series {name} missing")
            return
        right = match.right
        unnamed = self._name_note(name)
        self.ledger.count(len(values) + match.others, 0 if unnamed else right, right)
        shown = {value for value, is_right in zip(values, match.right_V, strict=True) if is_right}
        # Values that differ and are all drawn alike say nothing, however many of them fit.
        is_flat = len(shown) < 2 <= len(set(values))
        if match.share < READ_SHARE or is_flat:
            self.ledger.miss("data", f"series {name} missing")
        elif unnamed:  # nobody knows whose values these are
            self.ledger.miss("data", unnamed)
        if right == len(values) and not match.others:
            return
        wrong = self._wrong_values(row, painted, match)
        words = ", ".join(f"{label} {shown} asked {value}" for label, shown, value in wrong)
        said = " and ".join(f"{shown} for {label}, not {value}" for label, shown, value in wrong)
        if not wrong:
            words = said = f"{right} of {len(values)} values"
            if right == len(values):
                words = said = f"{right + match.others} values for {len(values)}"
        region = painted.region or self.view.main_box
        message = f"the series '{name}' shows {said}"
        self.ledger.wrong("values_wrong", f"series {name} {words}", region, message)

    def _wrong_values(self, row: int, painted: Series, match: Match) -> list[tuple[str, str, str]]:
        """(category, shown, asked) of wrong values; empty when too many or none can be named."""
        wrong = np.flatnonzero(~match.right_V).tolist()
        values = self.rows[row]
        if match.others or not match.is_fine or not 1 <= len(wrong) <= MOST_NAMED_VALUES:
            return []
        has_names = len(self.wanted) == len(values)
        return [
            (
                normal(self.wanted[place]) if has_names else f"value {place + 1}",
                self.reader.spell(painted, match, place),
                f"{values[place]:g}",
            )
            for place in wrong
        ]

    def _check_kind(self) -> None:
        kind, ledger = self.asked["kind"], self.ledger
        shown = list(self.pairing.pairs.values())
        if not shown:
            shown = [one for one in self.pairing.series if self.reader.seen(one).any()]
        ledger.count(1, int(bool(shown) and all(one.family == kind for one in shown)))
        if not shown:
            message = f"the picture shows no {kind}s that can be read"
            ledger.wrong("kind_missing", f"no {kind}", self.view.main_box, message)
            if not self.rows:
                ledger.miss("data", f"no {kind}")
        for painted in shown:
            if painted.family != kind:
                region = painted.region or self.view.main_box
                message = f"the data are drawn as a {painted.family} chart, not as a {kind} chart"
                ledger.wrong("kind_wrong", f"{painted.family} not {kind}", region, message)

    def _check_scales(self) -> None:
        """Of each axis along which asked values run: do its labels say what stands where?"""
        axes = dict.fromkeys((o.axes, o.value_axis) for o in self.pairing.pairs.values())
        if self.rows and not axes:
            self._check_bare_scale()
        for index, name in axes:
            reading = self.reader.scale(index, name)
            here = [
                one
                for one in self.pairing.pairs.values()
                if (one.axes, one.value_axis) == (index, name)
            ]
            if reading.said is Said.TRUE:
                self._check_width(index, name)
                continue
            if reading.said is Said.MISSING and all(self.reader.is_labelled(o) for o in here):
                continue
            self.ledger.count(1, 0)
            place = union(part.place for part in reading.labels)
            box = place or self.view.scene.axes[index].region
            if reading.said is Said.WRONG:
                message = f"the labels of the {name} axis do not stand at their values"
                self.ledger.wrong("scale_wrong", f"{name} scale wrong", box, message)
                continue
            message = f"the {name} axis does not say its values: it has no labels to be read"
            self.ledger.wrong("scale_missing", f"{name} scale missing", box, message)
            self.ledger.miss("tick", f"{name} scale missing")

    def _check_bare_scale(self) -> None:
        """Where no asked series can be read, some axis must still say values."""
        readings = [
            self.reader.scale(index, name)
            for index, axes in enumerate(self.view.scene.axes[:MOST_AXES])
            if is_plain(axes)
            for name in ("x", "y")
        ]
        if not any(reading.said is Said.TRUE for reading in readings):
            self.ledger.miss("tick", "y scale missing")

    def _check_width(self, index: int, name: str) -> None:
        """Is an axis short enough to tell the asked values apart?"""
        for row, one in self.pairing.pairs.items():
            is_here = (one.axes, one.value_axis) == (index, name)
            if is_here and not self.pairing.matches[row].is_fine:
                self.ledger.count(1, 0)
                region = self.view.scene.axes[index].region
                message = f"the {name} axis is too long, or too small, to tell its values apart"
                self.ledger.wrong("scale_wide", f"{name} scale too wide", region, message)
                return

    def _check_extras(self) -> None:
        if not self.rows:
            return
        ledger, homes = self.ledger, set(self.homes)
        used = list(self.pairing.pairs.values())
        for painted in self.pairing.extras:
            ledger.count(1, 0)
            region = painted.region or self.view.main_box
            message = f"a {painted.family} series was drawn that nobody asked for"
            ledger.wrong("series_extra", "extra series", region, message)
        texts = [normal(self.asked.get(key) or "") for key in TEXT_KEYS]
        texts += [*self.names, *map(normal, self.wanted)]
        extras = [
            *extra_panels(self.reader, self.pairing.series, used, self.rows),
            *extra_marks(self.view, homes),
            *heap_of_texts(self.view, texts, homes),
        ]
        for extra in extras:
            ledger.count(1, 0)
            ledger.wrong(extra.kind, extra.note, extra.region, extra.message)

    def _read_names(self) -> tuple[list[str], list[str]]:
        """The asked names that are nowhere, and those that no key gives to their series."""
        if len(self.rows) < 2:
            return [], []
        told, said = self.pairing.names, self.pairing.said
        wanted = {
            name: row for row, name in enumerate(self.names) if self.asked["series"][row]["name"]
        }
        without = [name for name, row in wanted.items() if told.get(row) != name]
        return [n for n in without if n not in said], [n for n in without if n in said]

    def _name_note(self, name: str) -> str:
        """What the feedback says of a series that is not told apart; "" when it is."""
        missing, wrong = self.nameless
        if name in wrong:
            return "legend wrong"
        if name not in missing:
            return ""
        is_all = not self.view.legends and len(missing) == len(self.names)
        return "legend missing" if is_all else f"legend {missing[0]} missing"

    def _check_names(self) -> None:
        """Two or more series are told apart by a key that is true."""
        ledger, (missing, wrong) = self.ledger, self.nameless
        asked = sum(bool(row["name"]) for row in self.asked["series"])
        found = asked - len(missing) - len(wrong)
        ledger.count(asked, found, found + len(wrong))
        drawn = self.view.legends
        region = drawn[0].region if drawn else self.view.main_box
        if missing:
            note = self._name_note(missing[0])
            listed = ", ".join(f"'{name}'" for name in missing)
            ledger.wrong("name_missing", note, region, f"nothing on the picture names {listed}")
            ledger.miss("name", note)
        # Of a series that is not there at all nothing can be said but that.
        false = [n for n in wrong if self.names.index(n) in self.pairing.pairs]
        if false:
            listed = ", ".join(f"'{name}'" for name in false)
            message = f"no key says truly and clearly which series is {listed}"
            ledger.wrong("name_wrong", "legend wrong", region, message)
            # Under a false key every value that is read off is another series'.
            ledger.miss("data", "legend wrong")

    def _check_categories(self) -> None:
        """Each asked category stands, to be read, at the marks of its values."""
        ledger = self.ledger
        names = list(dict.fromkeys(normal(c) for c in self.wanted if normal(c)))
        axis = "y" if self.is_horizontal else "x"
        found = [f for (_, side), f in self.categories.items() if side == axis]
        homes = {one.axes for one in self.pairing.pairs.values()}
        found = [f for f in found if f.axes in homes] or sorted(found, key=lambda f: -f.found)[:1]
        missing = [n for n in names if not found or any(f.sight(n) is Sight.GONE for f in found)]
        faulty = [
            n for n in names if n not in missing and any(self._is_faulty(f, n) for f in found)
        ]
        right = len(names) - len(missing) - len(faulty)
        ledger.count(len(names), right, len(names) - len(missing))
        labels = union(part.place for f in found for part in f.labels)
        region = labels or self.view.main_box
        for kind, rows, message in (
            ("missing", missing, "no label that can be seen says"),
            ("wrong", faulty, "a label is misspelled, hidden in part or not beside its mark:"),
        ):
            if not rows:
                continue
            note = f"category {rows[0]} {kind}" if len(rows) == 1 else ""
            note = note or f"{len(rows)} categories {kind}"
            listed = ", ".join(f"'{name}'" for name in rows)
            ledger.wrong(f"category_{kind}", note, region, f"{message} {listed}")
            if kind == "missing":
                ledger.miss("tick", note)

    def _is_faulty(self, found: Categories, name: str) -> bool:
        """Whether a category that is there is misspelled, hidden in part or far from its marks."""
        if name in found.slips or found.sight(name) is Sight.HURT:
            return True
        if len(found.names) != len(self.wanted):
            return False
        matches = [
            match
            for row, match in self.pairing.matches.items()
            if self.pairing.pairs[row].axes == found.axes
            and len(match.points_V) == len(found.names)
        ]
        # Where one value is missing its category has no mark; where all are, none stands right.
        return bool(matches) and not any((match.points_V >= 0).any() for match in matches)
