"""The content axis: does the chart show the texts and the data that the task asked for?

Without it reward is won by saying less. Values are read from the painted geometry, not from what
the program holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vsdpo_jax.domains.chart.geometry import Box, center, iou
from vsdpo_jax.domains.chart.parts import (
    LEGEND_ROLES,
    SAME_PLACE_IOU,
    X_TICKS,
    Y_TICKS,
    Part,
    data_marks,
    is_plain,
    legends,
    texts,
    tick_groups,
    whole,
)
from vsdpo_jax.domains.chart.rubric import Reading
from vsdpo_jax.domains.chart.scene import AxesInfo, Scene
from vsdpo_jax.domains.chart.series import (
    FAMILIES,
    Series,
    hits,
    is_reference,
    matched,
    readings_of,
    spell_painted,
)
from vsdpo_jax.records import Defect

_TEXT_KEYS = ("title", "x_label", "y_label")
MOST_NAMED_VALUES = 2
"""Of a series with more wrong values their number is told: likely another series, or another
order."""
LETTER_SHAPE_PX = 2.0
"""How far the middle of a slanted word's box may lie from where the word hangs."""
ASKED_KEYS = ("kind", *_TEXT_KEYS, "categories", "series")


def validate_asked(asked: Mapping[str, Any]) -> None:
    """Check ``asked`` against the schema of docs/architecture.md.

    Raises:
      ValueError: naming the field, the value and what is expected.
    """
    if not isinstance(asked, Mapping):
        raise ValueError(f"asked: expected an object, got {type(asked).__name__}")
    for key in asked:
        if key not in ASKED_KEYS:
            raise ValueError(f"asked: unknown key {key!r}; use {', '.join(ASKED_KEYS)}")
    kind = asked.get("kind")
    if kind is not None and kind not in FAMILIES:
        raise ValueError(f"asked.kind: {kind!r} is not one of {', '.join(FAMILIES)}")
    for key in _TEXT_KEYS:
        if asked.get(key) is not None and not isinstance(asked[key], str):
            raise ValueError(f"asked.{key}: expected a text, got {asked[key]!r}")
    categories = asked.get("categories") or []
    if not isinstance(categories, list | tuple) or not all(isinstance(c, str) for c in categories):
        raise ValueError(f"asked.categories: expected a list of texts, got {categories!r}")
    series = asked.get("series") or []
    if not isinstance(series, list | tuple):
        raise ValueError(f"asked.series: expected a list, got {series!r}")
    for index, row in enumerate(series):
        _validate_series(f"asked.series[{index}]", row)


def _validate_series(where: str, row: object) -> None:
    if not isinstance(row, Mapping) or set(row) != {"name", "values"}:
        raise ValueError(f"{where}: expected an object with name and values, got {row!r}")
    values = row["values"]
    if not isinstance(row["name"], str):
        raise ValueError(f"{where}.name: expected a text, got {row['name']!r}")
    if not isinstance(values, list | tuple) or not values:
        raise ValueError(f"{where}.values: expected a list of numbers, got {values!r}")
    for value in values:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value):
            raise ValueError(f"{where}.values: {value!r} is not a finite number")


@dataclass(slots=True)
class _Ledger:
    """What was required, what of it was found, and what is wrong."""

    required: int = 0
    found: int = 0
    defects: list[Defect] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count(self, required: int, found: int) -> None:
        self.required += required
        self.found += found

    def wrong(self, kind: str, note: str, region: Box, message: str) -> None:
        self.notes.append(note)
        self.defects.append(
            Defect(axis="content", kind=kind, region=region, severity=1, message=message)
        )


def check_content(scene: Scene, asked: Mapping[str, Any]) -> Reading:
    """The content axis.

    Required are: each text that is asked for, in its role; each category as a tick label (or as a
    text, for charts without such an axis); each value of each series, in order and in the asked
    kind; each name, when there are two or more series; nothing besides.

    Args:
      scene: the picture.
      asked: see docs/architecture.md; absent keys are not checked.

    Returns:
      Score: found over required items; series and titles too many count as not found.

    Raises:
      ValueError: ``asked`` does not follow its schema.
    """
    validate_asked(asked)
    ledger = _Ledger()
    drawn = texts(scene)  # those that the canvas cuts off are the clip axis' matter
    series, pairs = _best_reading(scene, asked)
    is_horizontal = any(s.is_horizontal for s in series)
    _check_title(ledger, scene, drawn, asked.get("title"))
    _check_label(ledger, scene, drawn, "x_label", asked.get("x_label"), is_horizontal)
    _check_label(ledger, scene, drawn, "y_label", asked.get("y_label"), is_horizontal)
    _check_series(ledger, scene, asked, series, pairs)
    _check_names(ledger, scene, drawn, asked)
    _check_categories(ledger, scene, drawn, asked.get("categories") or [])
    return Reading(
        defects=tuple(ledger.defects),
        notes=tuple(ledger.notes),
        score=ledger.found / ledger.required if ledger.required else 1.0,
    )


def _normal(text: str) -> str:
    return " ".join(text.split())


def main_box(scene: Scene) -> Box:
    """Where something missing should have been: the axes with most data, else the canvas."""
    marks = [m.axes for m in data_marks(scene)]
    plain = [i for i, axes in enumerate(scene.axes) if is_plain(axes)]
    if not plain:
        return (0.0, 0.0, float(scene.width_px), float(scene.height_px))
    return scene.axes[max(plain, key=marks.count)].region


def _check_title(ledger: _Ledger, scene: Scene, parts: Sequence[Part], title: str | None) -> None:
    if not title or not _normal(title):
        return
    titles = [part for part in parts if part.role in ("title", "suptitle")]
    same = [part for part in titles if part.text == _normal(title)]
    again = [p for p in same[1:] if iou(p.place, same[0].place) < SAME_PLACE_IOU]
    ledger.count(1 + len(again), int(bool(same)))
    if titles and not same:
        message = f"the title reads '{titles[0].text}' instead of '{_normal(title)}'"
        ledger.wrong("title_wrong", "title wrong", titles[0].place, message)
    elif not same:
        message = f"the title '{_normal(title)}' is missing"
        ledger.wrong("title_missing", "title missing", main_box(scene), message)
    for part in again:
        message = "the title stands on the picture more than once"
        ledger.wrong("title_repeated", "title twice", part.place, message)


def _check_label(
    ledger: _Ledger,
    scene: Scene,
    parts: Sequence[Part],
    role: str,
    asked: str | None,
    is_horizontal: bool,
) -> None:
    """An axis label; with lying bars the category axis may stand for either."""
    if not asked or not _normal(asked):
        return
    roles = ("x_label", "y_label") if is_horizontal else (role,)
    found = any(part.role in roles and part.text == _normal(asked) for part in parts)
    ledger.count(1, int(found))
    if found:
        return
    name = role.replace("_", " ")
    drawn = [part for part in parts if part.role == role]
    if drawn:
        message = f"the {name} reads '{drawn[0].text}' instead of '{_normal(asked)}'"
        ledger.wrong(f"{role}_wrong", f"{name} wrong", drawn[0].place, message)
    else:
        message = f"the {name} '{_normal(asked)}' is missing"
        ledger.wrong(f"{role}_missing", f"{name} missing", main_box(scene), message)


def _check_categories(
    ledger: _Ledger, scene: Scene, parts: Sequence[Part], categories: Sequence[str]
) -> None:
    wanted = list(dict.fromkeys(_normal(c) for c in categories if _normal(c)))
    if not wanted:
        return
    groups = list(tick_groups(scene).items())
    others = {part.text for part in parts if part.role in ("text", "annotation", "legend_text")}
    sources = [({part.text for part in labels}, labels) for _, labels in groups]
    said, labels = max(
        [*sources, (others, [])], key=lambda source: len(source[0].intersection(wanted))
    )
    missing = [c for c in wanted if c not in said]
    ledger.count(len(wanted), len(wanted) - len(missing))
    if missing:
        if len(missing) == len(wanted):  # no axis carries any: the category axis is x by default
            labels = [p for (_, role), group in groups if role == X_TICKS for p in group]
        region = whole(labels).place if labels else main_box(scene)
        names = ", ".join(f"'{c}'" for c in missing)
        note = f"category {missing[0]} missing"
        if len(missing) > 1:
            note = f"{len(missing)} categories missing"
        ledger.wrong("category_missing", note, region, f"no tick label says {names}")


def _check_names(
    ledger: _Ledger, scene: Scene, parts: Sequence[Part], asked: Mapping[str, Any]
) -> None:
    """Names of two or more series must be read somewhere: in a legend or beside the data."""
    names = [_normal(row["name"]) for row in asked.get("series") or []]
    if len(names) < 2:
        return
    roles = (*LEGEND_ROLES, "text", "annotation")
    said = {part.text for part in parts if part.role in roles}
    missing = [name for name in names if name and name not in said]
    ledger.count(len(names), len(names) - len(missing))
    if not missing:
        return
    drawn = legends(scene)
    region = drawn[0].region if drawn else main_box(scene)
    note = "legend missing" if not drawn and len(missing) == len(names) else ""
    note = note or f"legend {missing[0]} missing"
    listed = ", ".join(f"'{name}'" for name in missing)
    ledger.wrong("name_missing", note, region, f"nothing on the picture names {listed}")


def _check_series(
    ledger: _Ledger,
    scene: Scene,
    asked: Mapping[str, Any],
    series: Sequence[Series],
    pairs: Mapping[int, Series],
) -> None:
    rows = asked.get("series") or []
    kind = asked.get("kind")
    order = _category_order(scene, asked)
    for index, row in enumerate(rows):
        name, total = _normal(row["name"]) or str(index + 1), len(row["values"])
        painted = pairs.get(index)
        if painted is None:
            ledger.count(total, 0)
            message = f"the series '{name}' is missing"
            ledger.wrong("series_missing", f"series {name} missing", main_box(scene), message)
            continue
        axes = scene.axes[painted.axes]
        right = matched(painted, _reordered(row["values"], order), axes)
        too_many = max(len(painted.ends_N) - total, 0)
        ledger.count(total + too_many, right)
        if right < total or too_many:
            wrong = _wrong_values(painted, row["values"], order, asked, axes)
            words = ", ".join(f"{label} {shown} asked {value}" for label, shown, value in wrong)
            said = " and ".join(
                f"{shown} for {label}, not {value}" for label, shown, value in wrong
            )
            if not wrong:
                words = said = f"{right} of {total} values"
                if right == total:
                    words = said = f"{len(painted.ends_N)} values for {total}"
            message = f"the series '{name}' shows {said}"
            region = painted.region or main_box(scene)
            ledger.wrong("values_wrong", f"series {name} {words}", region, message)
    if kind:
        _check_kind(ledger, scene, kind, list(pairs.values()) if rows else list(series))
    for painted in _extra(scene, rows, order, series, list(pairs.values())) if rows else ():
        ledger.count(1, 0)
        message = f"a {painted.family} series was drawn that nobody asked for"
        ledger.wrong("series_extra", "extra series", painted.region or main_box(scene), message)


def _wrong_values(
    painted: Series,
    values: Sequence[float],
    order: Sequence[int] | None,
    asked: Mapping[str, Any],
    axes: AxesInfo,
) -> list[tuple[str, str, str]]:
    """(category, shown, asked) of the wrong values; empty when too many or none can be named."""
    if len(painted.ends_N) != len(values):
        return []
    wanted = _reordered(values, order)
    wrong = np.flatnonzero(~hits(painted, wanted, axes))
    if not 1 <= len(wrong) <= MOST_NAMED_VALUES:
        return []
    places = order if order is not None and len(order) == len(values) else range(len(values))
    categories = asked.get("categories") or []
    has_names = len(categories) == len(values)
    named = []
    for index in wrong.tolist():
        place = places[index]
        label = _normal(categories[place]) if has_names else f"value {place + 1}"
        named.append((label, spell_painted(painted, index, axes), f"{wanted[index]:g}"))
    return named


def _check_kind(ledger: _Ledger, scene: Scene, kind: str, shown: Sequence[Series]) -> None:
    ledger.count(1, int(bool(shown) and all(s.family == kind for s in shown)))
    if not shown:
        ledger.wrong("kind_missing", f"no {kind}", main_box(scene), f"the picture shows no {kind}s")
    for painted in shown:
        if painted.family != kind:
            region = painted.region or main_box(scene)
            message = f"the data are drawn as a {painted.family} chart, not as a {kind} chart"
            ledger.wrong("kind_wrong", f"{painted.family} not {kind}", region, message)


def _extra(
    scene: Scene,
    rows: Sequence[Mapping[str, Any]],
    order: Sequence[int] | None,
    series: Sequence[Series],
    used: Sequence[Series],
) -> list[Series]:
    """Series that nobody asked for; markers on a line repeat it and are welcome."""
    extra = []
    for painted in series:
        axes = scene.axes[painted.axes]
        if any(painted is other for other in used) or is_reference(painted, axes):
            continue
        repeats = any(
            matched(painted, _reordered(row["values"], order), axes)
            == len(row["values"])
            == len(painted.ends_N)
            for row in rows
        )
        if not repeats:
            extra.append(painted)
    return extra


def _best_reading(scene: Scene, asked: Mapping[str, Any]) -> tuple[list[Series], dict[int, Series]]:
    """The way to group the marks that explains most of what was asked, and asked -> painted."""
    rows = asked.get("series") or []
    order = _category_order(scene, asked)
    best: tuple[float, list[Series], dict[int, Series]] | None = None
    for series in readings_of(scene):
        pairs = _pair(scene, rows, order, asked.get("kind"), series)
        total = 0.0
        for index, painted in pairs.items():
            values = _reordered(rows[index]["values"], order)
            total += matched(painted, values, scene.axes[painted.axes])
            total -= abs(len(painted.ends_N) - len(values))
        total -= 0.5 * len(_extra(scene, rows, order, series, list(pairs.values())))
        if best is None or total > best[0]:
            best = (total, series, pairs)
    return (best[1], best[2]) if best else ([], {})


def _pair(
    scene: Scene,
    rows: Sequence[Mapping[str, Any]],
    order: Sequence[int] | None,
    kind: str | None,
    series: Sequence[Series],
) -> dict[int, Series]:
    """Asked series -> painted series, by name first, then by values, then by kind."""
    names = [_normal(row["name"]) for row in rows]
    offers = []
    for index, row in enumerate(rows):
        values = _reordered(row["values"], order)
        for place, painted in enumerate(series):
            named = names[index] in painted.names
            if not named and painted.names.intersection(names):
                continue  # the picture says that it is another one
            share = matched(painted, values, scene.axes[painted.axes]) / len(values)
            if not named and share == 0:
                continue
            offers.append((2.0 * named + share + 0.5 * (painted.family == kind), index, place))
    pairs: dict[int, Series] = {}
    taken: set[int] = set()
    for _, index, place in sorted(offers, key=lambda offer: (-offer[0], offer[1], offer[2])):
        if index not in pairs and place not in taken:
            pairs[index] = series[place]
            taken.add(place)
    return pairs


def _reordered(values: Sequence[float], order: Sequence[int] | None) -> Sequence[float]:
    if order is None or len(order) != len(values):
        return values
    return [values[i] for i in order]


def _category_order(scene: Scene, asked: Mapping[str, Any]) -> list[int] | None:
    """Which asked category stands at each place along its axis; None: not all are there."""
    wanted = [_normal(c) for c in asked.get("categories") or []]
    if not wanted or len(set(wanted)) != len(wanted):
        return None
    for (_, role), labels in tick_groups(scene).items():
        if role not in (X_TICKS, Y_TICKS):
            continue
        shown = [part for part in labels if part.text in wanted]
        if sorted(part.text for part in shown) == sorted(wanted):
            places = _tick_places(shown, role)
            return [wanted.index(shown[i].text) for i in np.argsort(places, kind="stable")]
    return None


def _tick_places(labels: Sequence[Part], role: str) -> np.ndarray:
    """Place of each label along its axis, left to right or bottom to top.

    Slanted labels may hang by an end instead of their middle; ticks are evenly spaced, so the
    most even of the three is right. On crowded axes the shape of the letters makes one more even
    than another by chance; there the one that agrees with the order of painting is taken.
    """
    boxes = [part.full_region for part in labels]  # what the canvas cuts off has its place too
    if role == Y_TICKS:
        return np.array([-center(box)[1] for box in boxes])
    starts = np.array([box[0] for box in boxes])
    ends = np.array([box[0] + box[2] for box in boxes])
    options = (0.5 * (starts + ends), ends, starts)
    unevenness = [float(np.std(np.diff(np.sort(places)))) for places in options]
    near = [
        places
        for places, value in zip(options, unevenness, strict=True)
        if value <= min(unevenness) + LETTER_SHAPE_PX
    ]
    in_order = [places for places in near if np.all(np.diff(places) > 0)]
    return in_order[0] if in_order else options[int(np.argmin(unevenness))]
