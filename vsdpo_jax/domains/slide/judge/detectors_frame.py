"""AeSlides' axes on the whole slide: its shape, its holes, its centre of weight."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from vsdpo_jax.domains.boxes import area, excess, gaps, intersect, union
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.domains.slide.deck.records import Shape
from vsdpo_jax.domains.slide.judge import aeslides
from vsdpo_jax.domains.slide.judge.aeslides import Item
from vsdpo_jax.domains.slide.judge.faults import Fault, reading_of
from vsdpo_jax.domains.slide.judge.parts import Part
from vsdpo_jax.domains.slide.judge.view import View, at
from vsdpo_jax.records import Box

LEAVES = 0.01
"""Share of a side of the slide by which content may stand out of it."""
BLEEDS = 0.6
"""A picture of which so much is on the slide was drawn off its edge on purpose."""
BLEED_PX = 24.0
"""Such a picture stands out by more than a slip does: less than this is one."""
HOLE = 0.04
"""Share of the slide that a hole has, to be named."""
NEAREST = 2
COVER_TEXTS, COVER_LINES, COVER_LETTERS, COVER_PT, COVER_OFF = 3, 5, 150, 32.0, 0.15
"""A cover has so few texts, lines and letters, one of them so large, around its middle height."""
_GRID = 16
_TEXTURES = ("gradient", "picture", "pattern")
CARD_WEIGHT = 0.35
"""Of the plain area of a card, beside that of texts and things; AeSlides gives it none."""
_SIDES = ("left", "top", "right", "bottom")


def detect_aspect_ratio(view: View) -> Reading:
    """A slide of another shape than 16:9, and content that stands out of the slide.

    Score: AeSlides' on the canvas around the slide and all content that stands out of it, which is
    what a page that grew too tall is among pages.
    """
    width, height = view.whole[2:]
    leaving = [shape for shape in view.slide.shapes if leaves(view, shape)]
    canvas = union([view.whole, *(_canvas(view, shape) for shape in leaving)]) or view.whole
    score = aeslides.aspect_ratio(canvas[2], canvas[3])
    faults = []
    error = math.log(width / height / aeslides.WIDE)
    if abs(error) > view.settings["aspect_tolerance"]:
        faults.append(_misshapen(view))
        # Content laid out for a wider slide is not wrong: the slide is.
        wide = (0.0, 0.0, height * aeslides.WIDE, height)
        leaving = [s for s in leaving if max(excess(_canvas(view, s), wide)) > LEAVES * height]
    faults += [_left(view, shape) for shape in leaving]
    return reading_of("aspect_ratio", faults, score, view.deck.notes)


def _misshapen(view: View) -> Fault:
    width, height = view.deck.size_emu
    inches = f"{width / 914_400:.4g} x {height / 914_400:.4g} in"
    ratio = width / height
    return Fault(
        kind="slide_shape",
        region=view.whole,
        note=f"slide {ratio:.2f}, not 1.78",
        message=f"the slide is {inches}, {ratio:.2f} to 1, not 16:9 (13.333 x 7.5 in)",
        calls=[view.deck_call("size", "made")],
        badness=10.0,
    )


def _canvas(view: View, shape: Shape) -> Box:
    """What a shape takes up: its box where it is painted, and its letters."""
    lines = [line.box for t in view.texts.get(shape.index, ()) for line in t.lines]
    own = [shape.box] if view.is_filled(shape) or view.is_thing(shape) else []
    return union([*own, *lines]) or shape.box


def leaves(view: View, shape: Shape) -> bool:
    """Whether a shape stands out of the slide that should not: ornaments may, and pictures that are
    cut by its edge on purpose.
    """
    if shape.kind == "group" or shape.empty:
        return False
    box = _canvas(view, shape)
    limits = (LEAVES * view.whole[2], LEAVES * view.whole[3])
    out = excess(box, view.whole)
    if max(out[0], out[2]) <= limits[0] and max(out[1], out[3]) <= limits[1]:
        return False
    if shape.kind in ("chart", "table"):
        return True
    texts = [t for t in view.texts.get(shape.index, ()) if t.lines]
    if any(max(excess(view.extent(t), view.whole)) > min(limits) for t in texts):
        return True
    if shape.picture is not None:
        on_it = area(intersect(box, view.whole))
        bleeds = on_it >= BLEEDS * area(box) and max(out) >= BLEED_PX
        return not (bleeds or view.is_ground(shape))
    return bool(view.holds.get(shape.index)) and not view.is_ground(shape)


def _left(view: View, shape: Shape) -> Fault:
    out = excess(_canvas(view, shape), view.whole)
    side = max(range(4), key=lambda i: out[i])
    name = view.name(shape)
    share = out[side] / view.whole[2 + side % 2]
    is_large = shape.box[2 + side % 2] > 0.98 * view.whole[2 + side % 2]
    call = view.first_of(shape, [("size",)]) if is_large else view.placed(shape)
    return Fault(
        kind="off_slide",
        region=shape.box,
        note=f"{name} off the slide",
        message=(
            f"{name} stands out of the slide at the {_SIDES[side]} by {out[side]:.0f} px "
            f"({share:.0%} of the slide)"
        ),
        calls=[call],
        badness=share,
    )


def detect_whitespace(view: View) -> Reading:
    """Large holes in the middle of a slide.

    AeSlides' mask says where the picture has texture; gradients, patterns and ornaments fill no
    hole. Score: AeSlides' smoothstep of the share of the middle that is left.
    """
    mask_YX = content_seen(view)
    ratio = aeslides.content_ratios(mask_YX)[1]
    score = aeslides.smoothstep(ratio)
    if ratio >= view.settings["min_content"] or is_cover(view):
        return reading_of("whitespace", [], score, view.deck.notes)
    empty_YX = np.zeros_like(mask_YX)
    middle = aeslides.crop(*mask_YX.shape)
    empty_YX[middle] = ~mask_YX[middle]
    labels_YX = np.zeros(mask_YX.shape, np.int32)
    ndimage.label(empty_YX, output=labels_YX)
    sizes = np.bincount(labels_YX.ravel())[1:] / mask_YX.size
    named = [i + 1 for i in np.argsort(-sizes) if sizes[i] >= HOLE] or [int(sizes.argmax()) + 1]
    faults = [_hole(view, labels_YX == label, float(sizes[label - 1])) for label in named]
    return reading_of("whitespace", faults, score, view.deck.notes)


def content_seen(view: View) -> np.ndarray:
    """Where a slide has texture that is no trick: bool[Y, X].

    AeSlides' mask, with the plain parts of charts, tables and pictures, and without what lies
    beyond the reach of content and comes of ornaments of the slide's own, or of a ground that is a
    gradient, pattern or picture.
    """
    mask_YX = view.texture_YX.copy()
    parts = view.parts
    for part in parts:
        if part.kind == "thing":
            mask_YX[_slices(part.box)] = True
    content_YX = _reach(view, [box for part in parts for box in _boxes(part)])
    if _is_ground_textured(view):
        return mask_YX & content_YX
    owners = {part.shape.index for part in parts}
    ornaments = [
        shape.box
        for shape in view.slide.shapes
        if shape.index not in owners and shape.kind != "group" and not view.is_ground(shape)
    ]
    return mask_YX & (content_YX | ~_reach(view, ornaments))


def _reach(view: View, boxes: Sequence[Box]) -> np.ndarray:
    """Where the mask may come of something in these boxes: bool[Y, X]."""
    reach_YX = np.zeros((view.slide.height, view.slide.width), bool)
    across = aeslides.BOX_WIDE // 2 + aeslides.BLUR_RADIUS
    down = aeslides.BOX_HIGH // 2 + aeslides.BLUR_RADIUS
    for x, y, width, height in boxes:
        near = (x - across, y - down, width + 2 * across, height + 2 * down)
        reach_YX[_slices(near)] = True
    return reach_YX


def _slices(box: Box) -> tuple[slice, slice]:
    x, y, width, height = box
    return (
        slice(max(int(y), 0), max(int(y + height), 0)),
        slice(max(int(x), 0), max(int(x + width), 0)),
    )


def _is_ground_textured(view: View) -> bool:
    grounds = [s for s in view.slide.shapes if view.is_ground(s) and s.kind != "group"]
    fills = [view.slide.background.kind, *(shape.fill.kind for shape in grounds)]
    has_picture = any(shape.picture is not None for shape in grounds)
    return has_picture or any(kind in _TEXTURES for kind in fills)


def is_cover(view: View) -> bool:
    """Whether a slide is a few large words in its middle: AeSlides left covers, dividers and
    closing slides out.
    """
    parts = view.parts
    texts = [part for part in parts if part.kind == "text"]
    if len(texts) < len(parts) or not 1 <= len(texts) <= COVER_TEXTS:
        return False
    num_lines = sum(len(text.lines) for part in texts for text in part.texts)
    if num_lines > COVER_LINES or sum(part.num_letters for part in texts) > COVER_LETTERS:
        return False
    largest = max(view.size(text) for part in texts for text in part.texts)
    box = union(part.box for part in texts) or view.whole
    middle = (box[1] + box[3] / 2) / view.whole[3]
    return largest >= COVER_PT and abs(middle - 0.5) <= COVER_OFF


def _boxes(part: Part) -> list[Box]:
    if part.kind == "text":
        return [line.box for text in part.texts for line in text.lines]
    return [part.box]


def _hole(view: View, hole_YX: np.ndarray, share: float) -> Fault:
    box = largest_rectangle(hole_YX)
    title = view.title
    others = [p for p in view.parts if title is None or p.shape.index != title.shape]
    near = sorted(others or view.parts, key=lambda part: _distance(part.box, box))
    shapes = list({part.shape.index: part.shape for part in near}.values())[:NEAREST]
    names = " and ".join(view.name(shape) for shape in shapes)
    where = _where(view, box)
    beside = f"; next to it: {names}" if names else ""
    return Fault(
        kind="hole",
        region=box,
        note=f"hole {where}",
        message=f"{share:.0%} of the slide is empty {where} ({at(box)}){beside}",
        calls=[view.placed(shape) for shape in shapes],
        badness=share,
    )


def _distance(first: Box, second: Box) -> float:
    return math.hypot(*gaps(first, second))


def _where(view: View, box: Box) -> str:
    """In which part of the slide a box lies."""
    x = (box[0] + box[2] / 2) / view.whole[2]
    y = (box[1] + box[3] / 2) / view.whole[3]
    across = "left" if x < 0.4 else "right" if x > 0.6 else ""
    down = "top" if y < 0.4 else "bottom" if y > 0.6 else ""
    return f"at the {' '.join(filter(None, (down, across)))}" if across or down else "in the middle"


def largest_rectangle(empty_YX: np.ndarray) -> Box:
    """The largest rectangle that is empty, on a grid of 16 px; the box around all where the grid
    finds none.
    """
    rows, columns = empty_YX.shape[0] // _GRID, empty_YX.shape[1] // _GRID
    cells = empty_YX[: rows * _GRID, : columns * _GRID].reshape(rows, _GRID, columns, _GRID)
    free = np.asarray(cells.all(axis=(1, 3)))
    heights = np.zeros(columns, int)
    best, found = 0, (0, 0, 0, 0)
    for row in range(rows):
        heights = (heights + 1) * free[row]
        for left in range(columns):
            lowest = np.minimum.accumulate(heights[left:])
            areas = lowest * np.arange(1, columns - left + 1)
            width = int(areas.argmax())
            if areas[width] > best:
                best = int(areas[width])
                high = int(lowest[width])
                found = (left, row - high + 1, width + 1, high)
    if best:
        x, y, width, height = (float(value * _GRID) for value in found)
        return (x, y, width, height)
    ys, xs = np.nonzero(empty_YX)
    left, top = float(xs.min()), float(ys.min())
    return (left, top, float(xs.max()) + 1 - left, float(ys.max()) + 1 - top)


def detect_imbalance(view: View) -> Reading:
    """A centre of weight far from the middle, by the area of texts, things and cards.

    Score: 1 up to the tolerance, halved at three times it. AeSlides' own number, with its strict
    tolerance, is ``official_balance``.
    """
    parts = view.parts
    boxes = [(part, intersect(box, view.whole)) for part in parts for box in _boxes(part)]
    weights = [area(box) * (CARD_WEIGHT if part.kind == "card" else 1.0) for part, box in boxes]
    total = sum(weights)
    if total <= 0:
        return reading_of("imbalance", [], 1.0, view.deck.notes)
    width, height = view.whole[2:]
    pairs = list(zip(weights, boxes, strict=True))
    x = sum(weight * (box[0] + box[2] / 2) for weight, (_, box) in pairs) / total
    y = sum(weight * (box[1] + box[3] / 2) for weight, (_, box) in pairs) / total
    dx, dy = x / width - 0.5, y / height - 0.5
    allowed = view.settings["x_tolerance"], view.settings["y_tolerance"]
    distance = math.hypot(dx / allowed[0], dy / allowed[1])
    score = math.exp(-math.log(2) * max(0.0, distance - 1) ** 2 / 4)
    if distance <= 1:
        return reading_of("imbalance", [], score, view.deck.notes)
    is_across = abs(dx) / allowed[0] >= abs(dy) / allowed[1]
    axis, off = (0, dx) if is_across else (1, dy)
    middle = view.whole[2 + axis] / 2

    def pull(part: Part) -> float:
        own = [(weight, box) for weight, (other, box) in pairs if other is part]
        side = math.copysign(1.0, off)
        return sum(w * side * (b[axis] + b[2 + axis] / 2 - middle) for w, b in own)

    heaviest = max(parts, key=pull)
    side = (("left", "right") if is_across else ("top", "bottom"))[off > 0]
    name = view.name(heaviest.shape)
    fault = Fault(
        kind="lopsided",
        region=heaviest.shape.box,
        note=f"weight at the {side}",
        message=(
            f"the centre of weight is {abs(off):.0%} of the slide off the middle to the {side}; "
            f"{name} weighs most there"
        ),
        calls=[view.placed(heaviest.shape)],
        badness=distance,
    )
    return reading_of("imbalance", [fault], score, view.deck.notes)


def official_balance(view: View) -> aeslides.Balance:
    """AeSlides' centre of weight with its own weights and tolerances: texts, pictures, charts and
    tables weigh, plain boxes do not.
    """
    items = []
    for part in view.parts:
        if part.kind == "card":
            continue
        lines = [line.box for text in part.texts for line in text.lines]
        kind = "text" if part.kind == "text" else "image"
        items.append(Item(kind=kind, box=part.box, lines=lines, num_letters=part.num_letters))
    return aeslides.balance(items, view.whole[2], view.whole[3])
