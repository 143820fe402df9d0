"""Detectors on shapes: edges that all but meet, pictures out of shape, placeholders left empty."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from vsdpo_jax.domains.boxes import area, intersect
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.domains.slide.deck.records import Shape
from vsdpo_jax.domains.slide.judge.faults import Fault, reading_of
from vsdpo_jax.domains.slide.judge.view import View

EXACT_PX, NEAR_PX = 1.5, 8.0
"""Edges closer than the first are one; up to the second they were meant to be."""
STRETCH = 0.05
"""Of ln(ratio as drawn / its own)."""
SMALLEST_PX = 16.0
"""Smaller things are dots and rules."""
_SIZES = 0.02
_PROMPT = re.compile(
    r"^(click (here )?to (add|edit|insert)|lorem ipsum"
    r"|(your|insert|enter) (text|title|content) here"
    r"|(add|placeholder) (text|title)$|subtitle here|title here)",
    re.IGNORECASE,
)
_EDGES = ("left", "top")


def detect_alignment(view: View) -> Reading:
    """Shapes of one size in a row or column whose edges all but meet.

    Score: the share of such shapes that are in line.
    """
    rows = [shape for shape in view.slide.shapes if _is_aligned_kind(view, shape)]
    faults: list[Fault] = []
    members: set[int] = set()
    for edge in (0, 1):
        for line in _lines(rows, edge):
            members.update(shape.index for shape in line)
            faults += _off_line(view, line, edge)
    score = 1.0 - len(faults) / max(len(members), 1)
    return reading_of("alignment", faults, score, view.deck.notes)


def _is_aligned_kind(view: View, shape: Shape) -> bool:
    if shape.parent is not None or shape.kind in ("group", "connector") or shape.empty:
        return False
    if min(shape.box[2:]) < SMALLEST_PX or shape.rotation % 90 or view.is_ground(shape):
        return False
    if min(intersect(shape.box, view.whole)[2:]) <= 0:
        return False
    has_text = any(view.is_seen(text) for text in view.texts.get(shape.index, ()))
    return has_text or view.is_painted(shape)


def _is_alike(first: Shape, second: Shape) -> bool:
    """Whether two shapes are of one kind and size."""
    if (first.kind, first.geometry) != (second.kind, second.geometry):
        return False
    return all(
        abs(first.box[i] - second.box[i]) <= max(EXACT_PX, _SIZES * first.box[i]) for i in (2, 3)
    )


def _lines(shapes: Sequence[Shape], edge: int) -> list[list[Shape]]:
    """Shapes of one size that stand under (edge 0) or beside (edge 1) each other."""
    groups: list[list[Shape]] = []
    for shape in shapes:
        for group in groups:
            if (
                _is_alike(group[0], shape)
                and abs(group[0].box[edge] - shape.box[edge]) <= 2 * NEAR_PX
            ):
                group.append(shape)
                break
        else:
            groups.append([shape])
    return [group for group in groups if len(group) > 1]


def _off_line(view: View, line: Sequence[Shape], edge: int) -> list[Fault]:
    """Those of a line that are not where most are."""
    places = [shape.box[edge] for shape in line]
    counts = [sum(abs(a - b) <= EXACT_PX for b in places) for a in places]
    # Of two that disagree the earlier one was there first.
    home = places[counts.index(max(counts))]
    faults = []
    for shape, place in zip(line, places, strict=True):
        off = abs(place - home)
        if not EXACT_PX < off <= NEAR_PX:
            continue
        name = view.name(shape)
        others = [s for s in line if abs(s.box[edge] - home) <= EXACT_PX]
        faults.append(
            Fault(
                kind="near_miss",
                region=shape.box,
                note=f"{name} {off:.0f} px off",
                message=(
                    f"the {_EDGES[edge]} of {name} is {off:.1f} px off that of "
                    f"{view.name(others[0])}"
                ),
                calls=[view.placed(shape)],
                badness=off,
            )
        )
    return faults


def detect_images(view: View) -> Reading:
    """Pictures that are not there, or drawn wider or higher than they are.

    Score: the share of pictures without fault.
    """
    pictures = [s for s in view.slide.shapes if s.picture is not None and not s.empty]
    faults = []
    for shape in pictures:
        fault = _broken(view, shape) or _stretched(view, shape)
        faults += [fault] if fault is not None else []
    score = 1.0 - len(faults) / max(len(pictures), 1)
    return reading_of("images", faults, score, view.deck.notes)


def _broken(view: View, shape: Shape) -> Fault | None:
    assert shape.picture is not None
    if shape.picture.loaded:
        return None
    name = view.name(shape)
    return Fault(
        kind="image_broken",
        region=shape.box,
        note=f"{name} broken",
        message=f"{name} cannot be drawn",
        calls=[view.first_of(shape, [])],
        badness=10.0,
    )


def stretch_of(shape: Shape) -> float:
    """ln of a picture's ratio as drawn over its own, what is cut off left out; 0 of what has no
    size.
    """
    picture = shape.picture
    if picture is None or not picture.loaded or min(picture.width, picture.height) <= 0:
        return 0.0
    left, top, right, bottom = picture.crop
    wide, high = picture.width * (1 - left - right), picture.height * (1 - top - bottom)
    _, _, width, height = shape.frame
    if min(wide, high, width, height) <= 0:
        return 0.0
    return math.log((width / height) / (wide / high))


def _stretched(view: View, shape: Shape) -> Fault | None:
    stretch = stretch_of(shape)
    if min(shape.box[2:]) < SMALLEST_PX or abs(stretch) <= STRETCH:
        return None
    name = view.name(shape)
    way = "wide" if stretch > 0 else "high"
    return Fault(
        kind="image_stretched",
        region=shape.box,
        note=f"{name} stretched",
        message=f"{name} is drawn {math.exp(abs(stretch)):.2f} times too {way}",
        calls=[view.first_of(shape, [("size", "crop")])],
        badness=abs(stretch),
    )


def detect_placeholders(view: View) -> Reading:
    """Placeholders of the layout left empty, and prompts left as they were.

    Score: the share of placeholders that are used.
    """
    faults = []
    for shape in view.slide.shapes:
        if shape.empty:
            faults.append(_empty(view, shape))
    for text in view.meant:
        if text.source == "frame" and view.is_seen(text) and _PROMPT.match(text.text.strip()):
            shape = view.shape_of(text)
            name = view.called(text)
            faults.append(
                Fault(
                    kind="prompt_left",
                    region=shape.box,
                    note=f"{name} left",
                    message=f"{name} is a prompt, not content",
                    calls=[view.first_of(shape, [("text",)], text)],
                )
            )
    every = sum(bool(shape.placeholder) for shape in view.slide.shapes)
    score = 1.0 - len(faults) / max(every, len(faults), 1)
    return reading_of("placeholders", faults, score, view.deck.notes)


def _empty(view: View, shape: Shape) -> Fault:
    kind = shape.placeholder or "placeholder"
    return Fault(
        kind="placeholder_empty",
        region=shape.box,
        note=f"{kind} empty",
        message=f"placeholder {shape.name!r} ({kind}) is left empty",
        calls=[view.first_of(shape, [])],
        badness=1 + area(shape.box) * 1e-6,
    )
