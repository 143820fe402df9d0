"""The detector on texts and things that lie on each other, or hide each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vsdpo_jax.domains.boxes import area, excess, intersect
from vsdpo_jax.domains.colors import contrast
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.domains.slide.deck.notes import Call
from vsdpo_jax.domains.slide.deck.records import Shape, Text
from vsdpo_jax.domains.slide.judge.detectors_text import grown_by, letters
from vsdpo_jax.domains.slide.judge.drawn import is_free, lies_on_marks
from vsdpo_jax.domains.slide.judge.faults import Fault, reading_of
from vsdpo_jax.domains.slide.judge.parts import Part
from vsdpo_jax.domains.slide.judge.struck import find_struck
from vsdpo_jax.domains.slide.judge.view import CHART_KINDS, View, at, inside
from vsdpo_jax.records import Box

LEADING_PX = 3.0
"""By which a text may stand out of what it stands on: no letter is there."""
INK_SHARE, INK_PX = 0.02, 6
"""Two texts collide where they share more of the ink of one, and so many pixels."""
HIDDEN = 0.15
"""Share of a text's ink that something may lie over."""
THING_HIDDEN = 0.4
"""Share of a picture, chart or table that something may lie over."""
BADGE_SHARE, BADGE_PX = 0.15, 110.0
"""A badge may straddle the edge of a larger shape: a share of that, or its longer side."""
GLASS_ALPHA = 0.85
"""Through paint of less opacity what lies below is seen."""
SOFT = 1.25
"""Paint whose contrast to what is around it is less is a shade, whose edge a text may cross."""
BAND_SHARE = 0.8
"""Share of a card in a chart's frame from which it marks a part of the plot."""
STEEPNESS, PER_PAIR = 12.0, 0.9
"""Score: exp(-STEEPNESS s) PER_PAIR^(pairs - 1), s the shared area over that of all content."""
_CELL = 8


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Hit:
    """A collision: of which shapes, where, and the fault."""

    pair: frozenset[int]
    region: Box
    fault: Fault


def detect_collision(view: View) -> Reading:
    """Texts on texts, texts across edges, things on things, and what hides another.

    A text on a card, a caption on a picture, a badge on an edge, and ornaments are no collision.
    Score: exp(-12 s) 0.9^(pairs - 1), s the shared area over that of all content.
    """
    hidden = [*_hidden_things(view), *_hidden_texts(view)]
    hits = _once([*hidden, *_ink_on_ink(view), *_pairs(view), *_struck_texts(view)])
    total = _painted([part.box for part in view.parts], view)
    shared = _painted([hit.region for hit in hits], view)
    severity = shared / total if total else 0.0
    score = math.exp(-STEEPNESS * severity) * PER_PAIR ** min(max(len(hits) - 1, 0), 10)
    return reading_of("collision", [hit.fault for hit in hits], score, view.deck.notes)


def _once(hits: Sequence[_Hit]) -> list[_Hit]:
    """One of each pair of shapes, and nothing more where something is hidden."""
    hidden = [hit.region for hit in hits if hit.fault.kind.endswith("_hidden")]
    kept: dict[frozenset[int], _Hit] = {}
    for hit in hits:
        is_hidden = hit.fault.kind.endswith("_hidden")
        if is_hidden or not any(area(intersect(hit.region, box)) > 0 for box in hidden):
            kept.setdefault(hit.pair, hit)
    return list(kept.values())


def _painted(boxes: Sequence[Box], view: View) -> float:
    """Area of the slide that boxes cover together, on a grid."""
    grid = np.zeros((int(view.whole[3]) // _CELL + 1, int(view.whole[2]) // _CELL + 1), bool)
    for x, y, width, height in boxes:
        rows = slice(max(round(y / _CELL), 0), max(math.ceil((y + height) / _CELL), 0))
        columns = slice(max(round(x / _CELL), 0), max(math.ceil((x + width) / _CELL), 0))
        grid[rows, columns] = True
    return float(grid.sum()) * _CELL**2


def _hidden_texts(view: View) -> Iterator[_Hit]:
    for text in view.meant:
        if text.covered_by is None or text.visible >= 1 - HIDDEN:
            continue
        cover = view.slide.shapes[text.covered_by]
        shape = view.shape_of(text)
        if min(intersect(view.extent(text), view.whole)[2:]) <= 1.0:
            continue
        name, other = view.called(text), view.name(cover)
        lost = 1 - text.visible
        fault = Fault(
            kind="text_hidden",
            region=shape.box if text.source == "frame" else view.extent(text),
            note=f"{name} behind {other}",
            message=f"{name} lies behind {other}: {text.visible:.0%} of it is seen",
            calls=[view.first_of(shape, []), view.last(cover, "order") or view.placed(cover)],
            badness=2 + lost,
        )
        region = intersect(view.extent(text), cover.box)
        yield _Hit(pair=frozenset((shape.index, cover.index)), region=region, fault=fault)


def _struck_texts(view: View) -> Iterator[_Hit]:
    """Texts that can be read through lines: more of a text than HIDDEN is hidden."""
    for struck in find_struck(view):
        name, other = view.called(struck.text), view.name(struck.line)
        fault = Fault(
            kind="text_struck",
            region=struck.line.box,
            note=f"{other} across {name}",
            message=f"{other} runs across {name}: {struck.share:.0%} of it ({at(struck.region)})",
            calls=[view.placed(struck.line)],
            badness=1 + struck.share,
        )
        pair = frozenset((struck.text.shape, struck.line.index))
        yield _Hit(pair=pair, region=struck.region, fault=fault)


def _hidden_things(view: View) -> Iterator[_Hit]:
    for shape in view.slide.shapes:
        is_thing = view.is_thing(shape) and not view.is_ground(shape)
        if not is_thing or shape.seen is None or shape.covered_by is None:
            continue
        if shape.seen >= 1 - THING_HIDDEN:
            continue
        on_slide = area(intersect(shape.box, view.whole)) / max(area(shape.box), 1e-6)
        if shape.seen >= on_slide - THING_HIDDEN:
            continue
        cover = view.slide.shapes[shape.covered_by]
        name, other = view.name(shape), view.name(cover)
        fault = Fault(
            kind="data_hidden",
            region=shape.box,
            note=f"{name} behind {other}",
            message=f"{name} lies behind {other}: {shape.seen:.0%} of it is seen",
            calls=[view.first_of(shape, []), view.last(cover, "order") or view.placed(cover)],
            badness=3 - shape.seen,
        )
        region = intersect(shape.box, cover.box)
        yield _Hit(pair=frozenset((shape.index, cover.index)), region=region, fault=fault)


def _ink_on_ink(view: View) -> Iterator[_Hit]:
    """Letters on letters, as measured in the finished picture."""
    texts = view.slide.texts
    for overlap in view.slide.overlaps:
        if overlap.share < INK_SHARE or overlap.shared_px < INK_PX:
            continue
        yield _texts_collide(view, texts[overlap.first], texts[overlap.second], overlap.region)


def _texts_collide(view: View, first: Text, second: Text, region: Box) -> _Hit:
    one, two = view.shape_of(first), view.shape_of(second)
    if first.source in CHART_KINDS and second.source in CHART_KINDS and one is two:
        at_fault = [view.first_of(one, [("size",), ("font_size", "style")])]
        blamed = one
    elif one is two:
        at_fault = [view.first_of(one, [("margin",), ("font_size",), ("text",)], second)]
        blamed = one
    else:
        blamed, call = _guilty(view, one, two)
        at_fault = [call]
    name, other = view.called(first), view.called(second)
    fault = Fault(
        kind="text_overlap",
        region=blamed.box,
        note=f"{name} on {other}",
        message=f"{name} and {other} lie on each other ({at(region)})",
        calls=at_fault,
        badness=2.0,
    )
    return _Hit(pair=frozenset((one.index, two.index)), region=region, fault=fault)


def _pairs(view: View) -> Iterator[_Hit]:
    parts = view.parts
    for second, upper in enumerate(parts):
        for lower in parts[:second]:
            if upper.shape is lower.shape or _is_kin(view, lower.shape, upper.shape):
                continue
            region = _meeting(view, lower, upper)
            if region is not None:
                yield _parts_collide(view, lower, upper, region)


def _meets(view: View, region: Box, smaller: float) -> bool:
    """Whether what two things share makes them collide.

    Args:
      region: that they share.
      smaller: area of the smaller one.
    """
    is_wide = min(region[2:]) >= view.settings["collision_px"]
    return is_wide and area(region) > view.settings["collision_share"] * smaller


def _is_kin(view: View, lower: Shape, upper: Shape) -> bool:
    """Whether a shape holds another, as a group does."""
    return lower.index == upper.parent or upper.index == lower.parent


def _meeting(view: View, lower: Part, upper: Part) -> Box | None:
    """Where two parts collide; None where they do not."""
    kinds = {lower.kind, upper.kind}
    if kinds == {"text"}:
        return _text_on_text(view, lower, upper)
    if lower.kind == "text":
        return None  # what hides it was measured
    region = intersect(_core(upper), _core(lower))
    if min(region[2:]) < view.settings["collision_px"]:
        return None
    if upper.kind == "text":
        return _text_on_part(view, lower, upper)
    if upper.kind == "card" and is_free(view, lower.shape, upper.box):
        return None
    if lower.kind == "card" and _is_band(lower, upper, region):
        return None
    if inside(upper.box, lower.box):
        return _placed_on(view, lower, upper, region)
    if not _meets(view, region, min(area(lower.box), area(upper.box))):
        return None
    if _is_badge(upper, lower) or _is_badge(lower, upper):
        return None
    if lower.shape.seen is not None and lower.shape.seen >= 0.97 and lower.kind == "card":
        return None  # shapes whose boxes meet and whose outlines do not
    if upper.kind == "card" and upper.shape.fill.alpha < GLASS_ALPHA:
        return None
    if not view.is_filled(upper.shape) and upper.kind == "card":
        return None
    return region


def _text_on_text(view: View, lower: Part, upper: Part) -> Box | None:
    """Lines of two frames in one place, without their leading."""
    for one in lower.texts:
        for two in upper.texts:
            region = intersect(letters(one), letters(two))
            smaller = min(area(letters(one)), area(letters(two)))
            if _meets(view, region, smaller):
                for line in one.lines:
                    for other in two.lines:
                        hit = intersect(_trimmed(line.box), _trimmed(other.box))
                        if _meets(view, hit, min(area(line.box), area(other.box))):
                            return hit
    return None


def _trimmed(box: Box) -> Box:
    return (box[0], box[1] + 0.2 * box[3], box[2], 0.6 * box[3])


def _text_on_part(view: View, lower: Part, upper: Part) -> Box | None:
    """A text across the edge of a thing or card, or on a thing that it spoils."""
    for text in upper.texts:
        box = letters(text)
        region = intersect(box, _core(lower))
        if not _meets(view, region, area(box)) or _has_plate(view, text, lower.shape):
            continue
        if lower.shape.chart is not None and lower.shape.chart.marks:
            if lies_on_marks(view, lower.shape, text):
                return region
            continue
        if inside(box, lower.box):
            if lower.shape.kind == "table":
                return region
            continue
        if lower.kind == "card" and (_is_soft(view, lower.shape, text) or _stays(lower, upper)):
            continue
        return region
    return None


def _stays(lower: Part, upper: Part) -> bool:
    """Whether a text stands out of a card by no more than a person sees: its leading."""
    return max(excess(upper.box, lower.box)) <= LEADING_PX


def _has_plate(view: View, text: Text, below: Shape) -> bool:
    """Whether a text stands on paint of its own that hides what is below: a badge on an edge."""
    plate = view.plates.get(text.index)
    return (
        plate is not None
        and plate.index > below.index
        and plate.fill.kind != "none"
        and plate.fill.alpha >= GLASS_ALPHA
        and view.is_painted(plate)
        and inside(letters(text), plate.box)
    )


def _is_band(lower: Part, upper: Part, region: Box) -> bool:
    """Whether a card is a band behind a chart without ground, through which it is seen."""
    share = area(region) / max(area(lower.box), 1e-6)
    if upper.shape.chart is None or lower.shape.seen is None or share < BAND_SHARE:
        return False
    return 1 - lower.shape.seen <= THING_HIDDEN * share


def _is_soft(view: View, shape: Shape, text: Text) -> bool:
    """Whether a card is a shade of what is around it."""
    if shape.fill.color is None or shape.fill.alpha < 0.5:
        return True
    around = view.slide.background.color or (255, 255, 255)
    ratio = float(contrast(np.array(shape.fill.color), np.array(around)))
    return ratio < SOFT and shape.line.kind == "none"


def _placed_on(view: View, lower: Part, upper: Part, region: Box) -> Box | None:
    """A thing or card on another: fine on a card without letters there, not on a thing."""
    if lower.kind == "thing":
        if lower.shape.kind == "picture" and upper.kind == "card":
            return None  # a plate with a caption
        return None if _is_badge(upper, lower) and lower.shape.kind == "picture" else region
    if upper.kind == "thing" or upper.shape.fill.alpha >= GLASS_ALPHA:
        own = [t for t in lower.texts if t.shape < upper.shape.index]
        share = view.settings["collision_share"]
        hit = [t for t in own if area(intersect(letters(t), upper.box)) > share * area(letters(t))]
        return intersect(letters(hit[0]), upper.box) if hit else None
    return None


def _is_badge(small: Part, large: Part) -> bool:
    """Whether a part is a small mark that may straddle the edge of another."""
    if max(small.box[2:]) <= BADGE_PX and area(small.box) < 0.5 * area(large.box):
        return True
    return area(small.box) <= BADGE_SHARE * area(large.box) and max(small.box[2:]) <= 2 * BADGE_PX


def _core(part: Part) -> Box:
    """The box of a part; of one whose outline leaves the corners free the box within it."""
    if part.kind != "card" or part.shape.geometry in ("rect", "roundRect", "", "round2SameRect"):
        return part.box
    x, y, width, height = part.box
    return (x + 0.12 * width, y + 0.12 * height, 0.76 * width, 0.76 * height)


def _parts_collide(view: View, lower: Part, upper: Part, region: Box) -> _Hit:
    blamed, call = _guilty(view, lower.shape, upper.shape)
    name, other = view.name(upper.shape), view.name(lower.shape)
    both_texts = lower.kind == upper.kind == "text"
    share = area(region) / max(min(area(lower.box), area(upper.box)), 1e-6)
    fault = Fault(
        kind="text_overlap" if both_texts else "shapes_overlap",
        region=blamed.box,
        note=f"{name} on {other}",
        message=f"{name} lies on {other}: {share:.0%} of the smaller ({at(region)})",
        calls=[call],
        badness=1 + share,
    )
    pair = frozenset((lower.shape.index, upper.shape.index))
    return _Hit(pair=pair, region=region, fault=fault)


def _guilty(view: View, lower: Shape, upper: Shape) -> tuple[Shape, Call | None]:
    """Which of two shapes that collide is at fault, and the call that made it so.

    One whose text grew out of its box; else the one that is no title; else the one that is less in
    line with the others; else the later one.
    """
    for shape in (upper, lower):
        texts = [t for t in view.texts.get(shape.index, ()) if t.lines and t.source == "frame"]
        if not texts:
            continue
        extent = [letters(t) for t in texts]
        out = [max(excess(box, shape.box)[i] for box in extent) for i in range(4)]
        if max(out) > LEADING_PX:
            return shape, grown_by(view, shape, texts, across=max(out[0], out[2]) >= max(out))
    title = view.title
    if title is not None and title.shape in (lower.index, upper.index):
        blamed = lower if title.shape == upper.index else upper
        return blamed, view.placed(blamed)
    in_line = {s.index: _in_line(view, s, (lower, upper)) for s in (lower, upper)}
    blamed = lower if in_line[lower.index] < in_line[upper.index] else upper
    return blamed, view.placed(blamed)


def _in_line(view: View, shape: Shape, pair: tuple[Shape, Shape]) -> int:
    """With how many edges and sides of other shapes a shape agrees."""
    count = 0
    for other in view.slide.shapes:
        if other in pair or other.kind in ("group", "connector") or view.is_ground(other):
            continue
        mine, its = shape.box, other.box
        count += abs(mine[0] - its[0]) <= 1.5
        count += abs(mine[1] - its[1]) <= 1.5
        count += abs(mine[2] - its[2]) <= 1.5
        count += abs(mine[3] - its[3]) <= 1.5
    return count
