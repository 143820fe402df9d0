"""Asked charts: of the kind, with names and values that can be read in the finished picture."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vsdpo_jax.domains.boxes import area, gaps, intersect
from vsdpo_jax.domains.ledger import HALF
from vsdpo_jax.domains.slide.deck.records import Series, Shape, Text
from vsdpo_jax.domains.slide.judge.content.labels import fault_of_labels, says_name, says_value
from vsdpo_jax.domains.slide.judge.content.marks import (
    LEVELS,
    ROUND,
    STROKED,
    are_apart,
    are_told_apart,
    bare_marks,
    belied,
    count_unseen,
)
from vsdpo_jax.domains.slide.judge.content.numerals import numbers_of
from vsdpo_jax.domains.slide.judge.content.reading import Reader
from vsdpo_jax.domains.slide.judge.content.scales import fault_of_ticks, hang_from_top, is_flat
from vsdpo_jax.domains.words import normal, quoted
from vsdpo_jax.records import Box

SEEN, SMALLEST_PX = 0.6, 80.0
"""Share of a chart that must be seen, and of its shorter side on the slide."""
SAME = 1e-3
"""Relative error of a value."""
NEAR_PX = 90.0
"""How far above a chart its title may stand as a text of its own."""
_NUMBERS = re.compile(r"[\d.,]+")
FILLED_KINDS, FILLED_SHARE = ("column", "bar", "pie", "doughnut", "area"), 0.015
"""Kinds of charts whose marks are areas, and the least share of the chart that they paint."""


def check_chart(reader: Reader, number: int, asked: Mapping[str, Any], taken: set[int]) -> None:
    """One asked chart; ``number`` counts from 1, ``taken`` are those that stand for others."""
    shapes = [s for s in reader.view.slide.shapes if s.chart is not None and s.index not in taken]
    name = f"chart {number}"
    if not shapes:
        message = f"{name}: no chart can be seen on the slide"
        reader.ledger.missing(
            "chart_missing", f"{name} missing", reader.view.whole, message, span=reader.slide_span
        )
        return
    shape = max(shapes, key=lambda s: _likeness(s, asked))
    taken.add(shape.index)
    _Check(reader, name, shape, asked).run()


def _likeness(shape: Shape, asked: Mapping[str, Any]) -> float:
    chart = shape.chart
    assert chart is not None
    own, wanted = set(map(normal, chart.categories)), set(map(normal, asked["categories"]))
    return len(own & wanted) / len(wanted) + 0.5 * (chart.kind == asked["kind"])


class _Check:
    """One chart against what was asked of it."""

    def __init__(self, reader: Reader, name: str, shape: Shape, asked: Mapping[str, Any]) -> None:
        assert shape.chart is not None
        self.reader, self.ledger, self.view = reader, reader.ledger, reader.view
        self.name, self.shape, self.asked, self.chart = name, shape, asked, shape.chart
        self.texts = [t for t in reader.legible if t.shape == shape.index]

    def run(self) -> None:
        why = self._why_unseen()
        if why:
            self.missing("chart_unseen", "missing", f"cannot be seen: {why}")
            return
        if self.chart.kind == self.asked["kind"]:
            self.ledger.ok()
        else:
            kinds = f"a {self.chart.kind} chart, not a {self.asked['kind']} chart"
            self.wrong("chart_kind", f"is {self.chart.kind}", f"is {kinds}")
        self._title()
        self._categories()
        self._series()

    def wrong(self, kind: str, note: str, message: str, *whats: str) -> None:
        span = self._span(*whats)
        note, message = f"{self.name} {note}", f"{self.name} {message}"
        self.ledger.wrong(kind, note, self.shape.box, message, span)

    def missing(self, kind: str, note: str, message: str, *whats: str) -> None:
        span = self._span(*whats)
        note, message = f"{self.name} {note}", f"{self.name} {message}"
        self.ledger.missing(kind, note, self.shape.box, message, span=span)

    def _span(self, *whats: Any):
        call = self.view.first_of(self.shape, [whats] if whats else [])
        return self.view.guilty(call)

    def _why_unseen(self) -> str:
        on_slide = intersect(self.shape.box, self.view.whole)
        if min(on_slide[2:]) < SMALLEST_PX or area(on_slide) < 0.7 * area(self.shape.box):
            return f"{on_slide[2]:.0f} x {on_slide[3]:.0f} px of it are on the slide"
        if self.shape.seen is not None and self.shape.seen < SEEN:
            return f"{self.shape.seen:.0%} of it is seen"
        marks = [mark.box for mark in self.chart.marks]
        ground = np.median(self._pixels(self.shape.box).reshape(-1, 3), axis=0)
        seen = sum(self._is_mark_seen(box, ground) for box in marks) >= 0.5 * len(marks)
        if not (seen if marks else self._has_paint()):
            return "its marks have the colour of what is behind them"
        return ""

    def _has_paint(self) -> bool:
        """Whether more than lines is painted in a chart of bars or slices."""
        pixels = self._pixels(self.shape.box).reshape(-1, 3)
        off = np.abs(pixels - np.median(pixels, axis=0)).max(axis=1) >= LEVELS
        return self.chart.kind not in FILLED_KINDS or bool(off.mean() >= FILLED_SHARE)

    def _title(self) -> None:
        title = self.asked.get("title")
        if not title:
            return
        own = [t for t in self.texts if t.source == "chart_title"]
        near = [t for t in self.reader.legible if t.source == "frame" and self._is_near(t)]
        for text in (*own, *near):
            if normal(title) in normal(text.text):
                self.reader.used.setdefault(text.index, []).append(normal(title))
                self.ledger.ok()
                return
        if own:
            message = f"has the title {quoted(own[0].text)}, not {quoted(title)}"
            self.wrong("chart_title", "title wrong", message, "style")
            return
        self.missing("chart_title", "title missing", f"has no title {quoted(title)}", "style")

    def _is_near(self, text: Text) -> bool:
        box, own = self.view.extent(text), self.shape.box
        gap = own[1] - (box[1] + box[3])
        is_over = intersect((box[0], 0, box[2], 1), (own[0], 0, own[2], 1))[2] > 0
        return (is_over and -own[3] * 0.2 <= gap <= NEAR_PX) or bool(self._is_heading(text))

    def _is_heading(self, text: Text) -> bool:
        """Whether a text is the slide's largest: what it says the chart need not."""
        frames = [t for t in self.reader.legible if t.source == "frame"]
        return text.index == max(frames, key=self.view.size).index

    def _categories(self) -> None:
        sources = ("key", "data_label") if self.asked["kind"] == "pie" else ("category",)
        said = [normal(t.text) for t in self.texts if t.source in sources]
        has = set(map(normal, self.chart.categories))
        for text in self.asked["categories"]:
            wanted = normal(text)
            if wanted not in has:
                message = f"has no {quoted(text)}"
                self.missing("category_missing", f"{quoted(text)} missing", message, "data")
            elif any(
                wanted == words or wanted in words.split("\n") or says_name(words, wanted)
                for words in said
            ):
                self.ledger.ok()
            else:
                message = f"shows no label {quoted(text)}"
                self.missing("category_unseen", f"label {quoted(text)} missing", message, "style")
        extra = [c for c in self.chart.categories if normal(c) not in _names(self.asked)]
        if extra:
            note, message = f"extra {quoted(extra[0])}", f"shows {quoted(extra[0])}, not asked for"
            self.wrong("category_extra", note, message, "data")

    def _series(self) -> None:
        wanted = self.asked["series"]
        if not self._are_keys_clear():
            what = "slice" if self.chart.kind in ROUND else "series"
            message = f"does not say which {what} is which"
            self.missing("key_unseen", "key missing", message, "style")
        elif owner := belied(self.chart, [self._color(mark.box) for mark in self.chart.marks]):
            message = f"paints {quoted(owner)} in another colour than its legend says"
            self.wrong("key_wrong", f"key of {quoted(owner)} wrong", message, "style")
        read, bare = self._read_numbers(), bare_marks(self.chart)
        for index, row in enumerate(wanted):
            name = row.get("name") or ""
            called = f"series {quoted(name)}" if name else f"series {index + 1}"
            own = self._own(row, index)
            if own is None:
                message = f"has no {called}"
                self.missing("series_missing", f"{called} missing", message, "data")
                continue
            off = self._off(own, row["values"])
            unseen = count_unseen(self.chart, bare, self.chart.series.index(own))
            if unseen == len(row["values"]):
                self.missing("series_unseen", f"{called} unseen", f"{called} is not seen", "style")
            elif unseen:
                message = f"{called}: {unseen} of its values cannot be seen"
                self.wrong("values_unseen", f"{called} seen in part", message, "style")
            elif off:
                self.wrong("values_wrong", f"{called} wrong", f"{called}: {off}", "data")
            elif read == "unseen":
                message = f"{called}: its values can be read nowhere"
                self.missing("values_unseen", f"{called} unreadable", message, "style")
            elif read:
                self.wrong("values_lie", f"{called} {read}", f"{called}: {read}", "style")
            else:
                self.ledger.ok()
        self._check_half()
        if len(self.chart.series) > len(wanted):
            self.wrong("series_extra", "extra series", "shows series not asked for", "data")

    def _check_half(self) -> None:
        """A chart of whose values less than half are as asked is not the chart."""
        right = total = 0
        for index, row in enumerate(self.asked["series"]):
            total += len(row["values"])
            own = self._own(row, index)
            right += 0 if own is None else len(row["values"]) - len(self._wrong(own, row["values"]))
        if right < HALF * total:
            self.ledger.unjudged(f"{self.name}: {right} of {total} values as asked")

    def _own(self, row: Mapping[str, Any], index: int) -> Series | None:
        name = normal(row.get("name") or "")
        named = [s for s in self.chart.series if name and normal(s.name) == name]
        if named:
            return named[0]
        alone = len(self.asked["series"]) == 1 or not name
        return self.chart.series[index] if alone and index < len(self.chart.series) else None

    def _off(self, own: Series, values: Sequence[float]) -> str:
        """Where a series has another value than asked for, the first place; "" for nowhere."""
        return next(iter(self._wrong(own, values)), "")

    def _wrong(self, own: Series, values: Sequence[float]) -> list[str]:
        mine = {normal(c): v for c, v in zip(self.chart.categories, own.values, strict=False)}
        found = []
        for category, value in zip(self.asked["categories"], values, strict=True):
            shown = mine.get(normal(category))
            if shown is None or abs(shown - value) > SAME * max(abs(value), 1e-9) + 1e-12:
                said = "nothing" if shown is None else f"{shown:g}"
                found.append(f"{quoted(category)} is {said}, not {value:g}")
        return found

    def _are_keys_clear(self) -> bool:
        """Whether one can tell series, or slices, apart, and by name."""
        is_round = self.chart.kind in ROUND
        rows = self.asked["series"]
        names = self.asked["categories"] if is_round else [row.get("name") or "" for row in rows]
        names = [normal(name) for name in names]
        if len(names) < 2:
            return True
        said = [normal(t.text) for t in self.texts if t.source == "data_label"]
        labelled = {name for name in names if any(says_name(words, name) for words in said)}
        labelled |= set() if is_round else self._named_beside(names)
        if not are_told_apart(self.chart, names, labelled):
            return False
        colors: dict[int, list[np.ndarray]] = {}
        for mark in self.chart.marks:
            if mark.series is not None and self.chart.kind in ("column", "bar"):
                colors.setdefault(mark.series, []).append(self._color(mark.box))
        mean = [np.median(found, axis=0) for found in colors.values()]
        return all(are_apart(a, b) for i, a in enumerate(mean) for b in mean[:i])

    def _named_beside(self, names: Sequence[str]) -> set[str]:
        """The series that a text on or beside the chart names in their own colour."""
        numbers = {normal(series.name): n for n, series in enumerate(self.chart.series)}
        colors = {mark.series: mark.color for mark in self.chart.marks}
        found = set()
        for text in self.reader.legible:
            aside = max(gaps(self.view.extent(text), self.shape.box))
            if text.source != "frame" or text.ink_color is None or aside > NEAR_PX:
                continue
            alike = [n for n, color in colors.items() if not are_apart(color, text.ink_color)]
            for name in names:
                if name and says_name(normal(text.text), name) and alike == [numbers.get(name)]:
                    self.reader.used.setdefault(text.index, []).append(name)
                    found.add(name)
        return found

    def _read_numbers(self) -> str:
        """ "" where the values can be read and are true, "unseen", or what is wrong with them."""
        values = [v for s in self.chart.series for v in s.values if v is not None]
        if hang_from_top(self.chart):
            return "its bars hang from the top"
        told = [t for t in self.texts if t.source == "data_label"]
        labels = [t for t in told if numbers_of(t.text)]
        are_all = bool(labels) and len(labels) >= len(values)
        place, color = self.view.extent, self._color
        fault = fault_of_labels(self.chart, told, place, color, are_all=are_all)
        if fault:
            return fault
        if are_all:
            return "" if _are_true(labels, self.chart.series, self.chart.kind) else "labels lie"
        if self.chart.kind in ROUND:
            return "unseen"
        ticks = [(numbers_of(t.text), t) for t in self.texts if t.source == "value"]
        known = [(numbers[0], self.view.extent(t)) for numbers, t in ticks if numbers]
        if len(known) < 2:
            return "unseen"
        fault = fault_of_ticks([number for number, _ in known], values)
        return fault or ("axis too wide" if is_flat(self.chart, self.shape.box, known) else "")

    def _is_mark_seen(self, box: Box, ground: np.ndarray) -> bool:
        if self.chart.kind not in STROKED:
            return are_apart(self._color(box), ground)
        off = np.abs(self._pixels(box) - ground).max(axis=-1) >= LEVELS
        return int(np.count_nonzero(off)) >= 0.5 * max(off.shape)

    def _color(self, box: Box) -> np.ndarray:
        """The colour in the middle of a mark."""
        x, y, width, height = box
        part = (x + width / 4, y + height / 4, max(width / 2, 1), max(height / 2, 1))
        pixels = self._pixels(part).reshape(-1, 3)
        return np.median(pixels, axis=0) if len(pixels) else np.full(3, -999.0)

    def _pixels(self, box: Box) -> np.ndarray:
        x, y, width, height = box
        rows = slice(max(int(y), 0), max(math.ceil(y + height), 0))
        columns = slice(max(int(x), 0), max(math.ceil(x + width), 0))
        return self.view.slide.textless_YXC[rows, columns].astype(float)


def words_of_charts(reader: Reader, asked: Sequence[Mapping[str, Any]]) -> list[Text]:
    """Titles, axis titles and words in the numbers of charts that nobody asked for, each once."""
    names = {normal(name) for chart in asked for name in chart["categories"]}
    names |= {normal(row.get("name") or "") for chart in asked for row in chart["series"]}
    found: dict[str, Text] = {}
    for text in filter(reader.view.is_seen, reader.view.slide.texts):  # turned ones, too
        said = normal(_NUMBERS.sub("", text.text))
        is_chart = text.source in ("chart_title", "axis_title", "value", "data_label")
        if not is_chart or text.index in reader.used or not any(map(str.isalpha, said)):
            continue
        if not any(name and says_name(normal(text.text), name) for name in names):
            found.setdefault(said, text)
    return list(found.values())


def _names(asked: Mapping[str, Any]) -> set[str]:
    return set(map(normal, asked["categories"]))


def _are_true(labels: Sequence[Text], series: Sequence[Series], kind: str) -> bool:
    """Whether each value stands on a label: itself, or its share of a pie."""
    numbers = [number for text in labels for number in numbers_of(text.text)]
    return all(
        says_value(numbers, value, row.values, kind)
        for row in series
        for value in row.values
        if value is not None
    )
