"""Detectors on single texts: out of their box, too pale, too small."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vsdpo_jax.domains.boxes import area, excess, intersect
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.domains.slide.deck.notes import Call, What
from vsdpo_jax.domains.slide.deck.records import Shape, Text
from vsdpo_jax.domains.slide.judge.faults import Fault, reading_of
from vsdpo_jax.domains.slide.judge.view import View, around
from vsdpo_jax.records import Box

CONTRAST, LARGE_CONTRAST = 4.5, 3.0
"""WCAG 2, success criterion 1.4.3, normal and large text."""
LARGE_PT, LARGE_BOLD_PT = 18.0, 14.0
ROUNDING = 0.05
"""A ratio that people give as 4.5 may be 4.46."""
ORNAMENT_PT, ORNAMENT_LETTERS = 48.0, 3
"""Large pale numbers and signs behind a text are ornaments, which the criterion leaves out."""
TINY_PT = 10.0
"""On a slide of 13.333 in."""
NOTE_PT, NOTE_TOP = 8.0, 0.9
"""Sources and page numbers at the foot of real decks are as small as that."""
SLACK_PX, SLACK_SHARE = 2.0, 0.02
BARE_SLACK = 0.5
"""Heights of a line by which a text may leave a box that nobody sees."""
LEADING = 0.15
"""Share of a line's height above its capitals, and below its baseline, without ink of most
letters."""
FADED = 0.6
"""Share of a text's ink on the slide of which less stands out where a part of it is not seen."""
DUST_PT = 5.0
"""Of smaller letters no colour is seen."""
LARGE_BODY_PT, LONG_LETTERS = 28.0, 150
"""From here on a text that leaves its box is too large, or too long; below, its box is small."""


def detect_overflow(view: View) -> Reading:
    """Texts that leave the box of their shape or cell; charts lay out their own.

    Score: the smallest share of a text's height and width that its box holds.
    """
    faults, score = [], 1.0
    for key, texts in _frames(view).items():
        shape = view.slide.shapes[key[0]]
        box = around(letters(t) for t in texts)
        room = _limit(view, shape, texts)
        out = excess(box, room)
        slack = _slack(view, shape, texts, room)
        sides = [i for i in range(4) if out[i] > slack[i % 2]]
        if not sides:
            continue
        side = max(sides, key=lambda i: out[i])
        size = box[2 + side % 2]
        score = min(score, max(0.0, 1 - out[side] / max(size, 1.0)))
        faults.append(_overflow(view, shape, texts, side, out[side]))
    return reading_of("overflow", faults, score, view.deck.notes)


def letters(text: Text) -> Box:
    """The box of a text's letters: its lines without leading above the first and below the last."""
    box = around(line.box for line in text.lines)
    trim = LEADING * min(line.box[3] for line in text.lines)
    return (box[0], box[1] + trim, box[2], max(box[3] - 2 * trim, 1.0))


def _frames(view: View) -> dict[tuple[int, tuple[int, int] | None], list[Text]]:
    """(shape, cell) -> the texts of a frame or cell."""
    frames: dict[tuple[int, tuple[int, int] | None], list[Text]] = {}
    for text in view.meant:
        if text.source in ("frame", "cell"):
            frames.setdefault((text.shape, text.cell), []).append(text)
    return frames


def _limit(view: View, shape: Shape, texts: Sequence[Text]) -> Box:
    """What a frame's letters may not leave: its shape; of a round one a box that fits; of a cell
    its room.
    """
    if texts[0].cell is not None:
        return texts[0].room
    box = shape.box
    if shape.geometry in ("ellipse", "diamond") and is_boxed(view, shape):
        share = 0.86 if shape.geometry == "ellipse" else 0.7
        width, height = share * box[2], share * box[3]
        return (box[0] + (box[2] - width) / 2, box[1] + (box[3] - height) / 2, width, height)
    return box


def is_boxed(view: View, shape: Shape) -> bool:
    """Whether a person sees the box of a shape."""
    return view.is_painted(shape) and (view.is_filled(shape) or shape.line.kind != "none")


def _slack(view: View, shape: Shape, texts: Sequence[Text], room: Box) -> tuple[float, float]:
    """Pixels by which letters may leave a box, across and down."""
    across, down = (max(SLACK_PX, SLACK_SHARE * size) for size in room[2:])
    if texts[0].cell is None and not is_boxed(view, shape):
        line = max(view.line_px(t) for t in texts)
        return max(across, BARE_SLACK * line), max(down, BARE_SLACK * line)
    return across, down


def _overflow(view: View, shape: Shape, texts: Sequence[Text], side: int, out: float) -> Fault:
    first = texts[0]
    where = ("left", "top", "right", "bottom")[side]
    name = view.called(first)
    holder = "cell" if first.cell is not None else "box"
    return Fault(
        kind="text_overflow",
        region=shape.box if first.cell is None else first.room,
        note=f"{name} over its {holder}",
        message=f"{name} leaves its {holder} at the {where} by {out:.0f} px",
        calls=[grown_by(view, shape, texts, across=side % 2 == 0)],
        badness=out,
    )


def grown_by(view: View, shape: Shape, texts: Sequence[Text], *, across: bool) -> Call | None:
    """What made a text too large for its box: where others of boxes like this one have a smaller
    font, the font; fewer letters, the text; where others have a larger box, the box.
    """
    largest = max(texts, key=view.size)
    size = view.size(largest)
    size_call = view.last(shape, "font_size", text=largest)
    wrap = view.last(shape, "wrap", "fit")
    if across and not largest.wraps and wrap is not None:
        return wrap
    every = _peers(view, shape)
    peers = [peer for peer in every if _fits(view, peer)]
    like = [peer for peer in peers if _is_like(peer.box, shape.box)]
    # Where most boxes of a kind are too small for their texts no text is longer than others.
    if 2 * len(like) <= sum(_is_like(peer.box, shape.box) for peer in every):
        like = []
    if like and size_call is not None and all(_size(view, p) < 0.95 * size for p in like):
        return size_call
    if like:
        return view.first_of(shape, [("text",)])
    if peers and all(area(p.box) > 1.2 * area(shape.box) for p in peers):
        return view.first_of(shape, [("size", "place")])
    resized = view.last(shape, "size")
    if resized is not None:
        return resized
    if size_call is not None and size >= LARGE_BODY_PT:
        return size_call
    is_long = sum(len(text.text) for text in texts) >= LONG_LETTERS
    return view.first_of(shape, [("text",)] if is_long else [])


def _fits(view: View, shape: Shape) -> bool:
    """Whether a shape holds its own text."""
    own = [t for t in view.texts.get(shape.index, ()) if t.lines]
    return all(max(excess(letters(t), shape.box)) <= SLACK_PX for t in own)


def _peers(view: View, shape: Shape) -> list[Shape]:
    """Other shapes of the same kind with text."""
    return [
        other
        for other in view.slide.shapes
        if other.index != shape.index
        and (other.kind, other.geometry) == (shape.kind, shape.geometry)
        and other.placeholder == shape.placeholder
        and view.texts.get(other.index)
    ]


def _is_like(first: Box, second: Box) -> bool:
    return all(abs(first[i] - second[i]) <= 0.05 * max(first[i], second[i]) for i in (2, 3))


def _size(view: View, shape: Shape) -> float:
    return max((view.size(t) for t in view.texts.get(shape.index, ())), default=0.0)


def detect_contrast(view: View) -> Reading:
    """Texts below the ratio of WCAG against what is really behind them.

    Score: the smallest ratio over what is needed, at most 1.
    """
    faults, score = [], 1.0
    for text in view.meant:
        needed = needed_contrast(view, text)
        ratio = 1.0 if _fades(view, text) else text.contrast
        if ratio >= needed - ROUNDING or _is_elsewhere_at_fault(view, text):
            continue
        if view.size(text) >= ORNAMENT_PT and len(text.text.strip()) <= ORNAMENT_LETTERS:
            if ratio > 1.0:
                continue
        score = min(score, ratio / needed)
        name = view.called(text)
        seen = f", {text.visible:.0%} of it stands out" if ratio < text.contrast else ""
        faults.append(
            Fault(
                kind="text_contrast",
                region=_region(view, text),
                note=f"{name} {ratio:.1f}",
                message=f"{name} has a contrast of {ratio:.1f}{seen}; {needed:g} is needed",
                calls=[_paled_by(view, text)],
                badness=needed / max(ratio, 0.1),
            )
        )
    return reading_of("contrast", _one_a_call(faults), score, view.deck.notes)


def _fades(view: View, text: Text) -> bool:
    """Whether a part of a text is of the colour of what is behind it."""
    extent = view.extent(text)
    on_slide = area(intersect(extent, view.whole)) / max(area(extent), 1e-6)
    is_overprinted = any(text.index in (o.first, o.second) for o in view.slide.overlaps)
    is_free = text.covered_by is None and not is_overprinted
    return is_free and text.visible < FADED * on_slide


def needed_contrast(view: View, text: Text) -> float:
    """The ratio that WCAG asks of a text of its size."""
    is_bold = all(run.bold for run in text.runs)
    large = LARGE_BOLD_PT if is_bold else LARGE_PT
    return LARGE_CONTRAST if view.size(text) >= large - 0.01 else CONTRAST


def _is_elsewhere_at_fault(view: View, text: Text) -> bool:
    """Whether a text is not seen because it is covered, off the slide, or dust."""
    if view.size(text) < DUST_PT:
        return True
    on_slide = intersect(view.extent(text), view.whole)
    if min(on_slide[2:]) <= 1.0:
        return True
    return text.covered_by is not None and text.visible < 0.5


def _region(view: View, text: Text) -> Box:
    """Of a text of a frame its shape's box, as the call made that; else its letters."""
    return view.shape_of(text).box if text.source == "frame" else view.extent(text)


def _paled_by(view: View, text: Text) -> Call | None:
    """What made a text pale: its colour, or what lies behind it, where the other is well with
    others.
    """
    shape = view.shape_of(text)
    color = view.last(shape, "font_color", text=text)
    grounds = [s for s in _behind(view, text) if view.last(s, "fill") is not None]
    fill = view.last(grounds[-1], "fill") if grounds else view.slide_call("fill")
    if color is None or fill is None:
        return color or fill or view.first_of(shape, [("style",)], None)
    others = [t for t in view.meant if t.index != text.index and _is_fine(view, t)]
    if any(t.runs and text.runs and t.runs[0].color == text.runs[0].color for t in others):
        if not any(_near(t.ground, text.ground) for t in others):
            return fill
    return color


def _is_fine(view: View, text: Text) -> bool:
    return text.contrast >= needed_contrast(view, text) - ROUNDING


def _near(first: Sequence[int], second: Sequence[int]) -> bool:
    return max(abs(a - b) for a, b in zip(first, second, strict=True)) <= 12


def _behind(view: View, text: Text) -> list[Shape]:
    """Filled shapes that a text stands on, the nearest last; its own is one."""
    return [
        shape
        for shape in view.slide.shapes[: text.shape + 1]
        if view.is_filled(shape) and min(intersect(view.extent(text), shape.box)[2:]) > 0
    ]


def detect_tiny(view: View) -> Reading:
    """Texts too small to be read from a chair. Score: the smallest size over what is needed."""
    faults, score = [], 1.0
    for text in view.meant:
        size = view.size(text)
        needed = _needed_size(view, text)
        if size >= needed - 0.05:
            continue
        score = min(score, size / needed)
        name = view.called(text)
        shape = view.shape_of(text)
        order: list[tuple[What, ...]] = [("font_size",), ("fit",)]
        if text.source not in ("frame", "cell"):
            order = [("font_size", "style")]
        faults.append(
            Fault(
                kind="text_tiny",
                region=_region(view, text),
                note=f"{name} {size:.0f} pt",
                message=f"{name} is {size:.1f} pt high on a slide of 13.333 in; needs {needed:g}",
                calls=[view.first_of(shape, order, text)],
                badness=needed / max(size, 0.1),
            )
        )
    return reading_of("tiny", _one_a_call(faults), score, view.deck.notes)


def _needed_size(view: View, text: Text) -> float:
    box = view.extent(text)
    is_note = text.source == "frame" and box[1] >= NOTE_TOP * view.whole[3]
    return NOTE_PT if is_note and len(text.lines) <= 2 else TINY_PT


def _one_a_call(faults: Iterable[Fault]) -> list[Fault]:
    """One fault a shape and call: twenty cells in one pale colour are one mistake."""
    kept: dict[tuple[object, ...], Fault] = {}
    for fault in faults:
        call = next(iter(fault.calls), None)
        key = (fault.region,) if call is None else (call.span, call.sites)
        if key not in kept or kept[key].badness < fault.badness:
            kept[key] = fault
    return list(kept.values())
