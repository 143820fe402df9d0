"""What a single field of a draw list cannot tell: parts that must agree, sums over the whole list,
and what the libraries that paint it take for granted.

Agg, FreeType and the layout of texts are C code that divides by lengths, reads ahead and allocates
what it is told; each check below says what happened, or would, without it. The program's process
runs the same checks on its own list, so an honest program that meets one reads the sentence as its
own error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from vsdpo_jax.domains.chart.drawlist.fields import (
    HATCHES,
    MAX_DASH_PERIODS,
    MAX_GLYPH_PIXELS,
    MAX_MATH,
    MAX_MATH_NESTING,
    MAX_OUTLINED_TEXT,
    MAX_REPEATED,
    MAX_SPAN,
    MAX_VERTICES,
    MIN_PERIOD_PT,
    MIN_SPAN,
    PATH_CODES,
)  # fmt: skip
from vsdpo_jax.domains.chart.drawlist.records import (
    AxesInfo,
    CollectionOp,
    DrawList,
    MarkersOp,
    MeshOp,
    Outline,
    Pen,
    TextOp,
    TrianglesOp,
)  # fmt: skip
from vsdpo_jax.domains.chart.drawlist.wire import WireError
from vsdpo_jax.records import Span

_STOP, _MOVE, _CURVE3, _CURVE4, _CLOSE = 0, 1, 3, 4, 79
_IS_CODE = np.isin(np.arange(256), PATH_CODES)
_IS_CURVE = np.isin(np.arange(256), (_CURVE3, _CURVE4))


def check(draw_list: DrawList) -> None:
    """Raise WireError for the first thing that does not fit."""
    _check_outlines(draw_list)
    for place, pen in enumerate(draw_list.pens):
        _check_pen(pen, draw_list, f"pens[{place}]")
    _check_artists(draw_list)
    for place, axes in enumerate(draw_list.axes):
        _check_axes(axes, f"axes[{place}]")
    for place, op in enumerate(draw_list.ops):
        look = _OPS.get(type(op))
        if look is not None:
            look(op, draw_list, f"ops[{place}]")
    repeated = sum(_repeated(op, draw_list) for op in draw_list.ops if isinstance(op, CollectionOp))
    if repeated > MAX_REPEATED:
        raise WireError(
            f"collections of {repeated} vertices, at most {MAX_REPEATED} are painted: draw fewer "
            f"shapes, or all of them in one size"
        )


def _check_outlines(draw_list: DrawList) -> None:
    for place, outline in enumerate(draw_list.outlines):
        _check_outline(outline, f"outlines[{place}]")
    vertices = sum(len(o.vertices) for o in draw_list.outlines if o.vertices is not None)
    if vertices > MAX_VERTICES:
        raise WireError(f"{vertices} vertices, at most {MAX_VERTICES} are painted")
    characters = sum(len(o.text) for o in draw_list.outlines if o.text is not None)
    if characters > MAX_OUTLINED_TEXT:
        raise WireError(f"{characters} outlined characters, at most {MAX_OUTLINED_TEXT}")


def _check_outline(outline: Outline, where: str) -> None:
    if outline.text is not None:
        if outline.font is None or outline.vertices is not None or outline.codes is not None:
            raise WireError(f"{where} a text outline has a font and no vertices")
        _check_math(outline.text, outline.is_math, where)
        return
    if outline.vertices is None:
        raise WireError(f"{where} has neither vertices nor a text")
    codes = outline.codes
    if codes is None:
        return
    if len(codes) != len(outline.vertices):
        raise WireError(f"{where} {len(codes)} codes, {len(outline.vertices)} vertices")
    if not bool(_IS_CODE[codes].all()):
        raise WireError(f"{where} holds an unknown path code")
    if len(codes) and codes[0] != _MOVE:
        raise WireError(f"{where} a path starts with {codes[0]}, not with MOVETO")
    if bool(_IS_CURVE[codes].any()) and _is_cut_short(codes):
        raise WireError(f"{where} a path ends within a curve")


def _is_cut_short(codes: np.ndarray) -> bool:
    """Whether a curve lacks points: it takes the next entries, whatever they say.

    Agg transforms no point of CLOSEPOLY or STOP; as a control point it would stay near the origin,
    and the curve be as long as the way from there.
    """
    place, known = 0, codes.tolist()
    while place < len(known) and known[place] != _STOP:
        after = place + {_CURVE3: 2, _CURVE4: 3}.get(known[place], 1)
        if after > place + 1 and {_STOP, _CLOSE} & set(known[place:after]):
            return True
        place = after
    return place > len(known)


def _is_curved(outline: Outline) -> bool:
    return outline.codes is not None and bool(_IS_CURVE[outline.codes].any())


def _check_pen(pen: Pen, draw_list: DrawList, where: str) -> None:
    if (pen.clip_outline is None) != (pen.clip_transform is None):
        raise WireError(f"{where} a clip path needs an outline and a transform")
    if pen.clip_outline is not None:
        _no_text(pen.clip_outline, draw_list, f"{where} clip path")
    if pen.hatch is not None and not set(pen.hatch) <= HATCHES:
        raise WireError(f"{where} hatch {pen.hatch!r:.60}")
    _check_dashes(pen.dash_offset, pen.dashes, where)


def _check_dashes(offset: float, dashes: tuple[float, ...] | None, where: str) -> None:
    if dashes is None:
        return
    # A pattern of next to no length makes Agg cut a line into billions of dashes; Agg finds the
    # start of a pattern by walking along it.
    period = sum(dashes)
    if len(dashes) % 2 or period < MIN_PERIOD_PT:
        raise WireError(f"{where} dash pattern {dashes!r:.60}")
    if abs(offset) > MAX_DASH_PERIODS * period:
        raise WireError(f"{where} dash offset {offset:g} for a pattern of {period:g} points")


def _check_artists(draw_list: DrawList) -> None:
    for place, artist in enumerate(draw_list.artists):
        if artist.axes >= len(draw_list.axes):
            raise WireError(f"artists[{place}].axes {artist.axes} of {len(draw_list.axes)}")
        for span in (artist.span, *(span for _, span in artist.setters)):
            _check_span(span, f"artists[{place}]")
        if len({name for name, _ in artist.setters}) != len(artist.setters):
            raise WireError(f"artists[{place}] sets a property twice")


def _check_axes(axes: AxesInfo, where: str) -> None:
    for span in (
        axes.span, axes.x_tick_span, axes.y_tick_span, axes.x_limit_span, axes.y_limit_span,
        axes.background_span,
    ):  # fmt: skip
        _check_span(span, where)
    for name, (low, high) in (("x", axes.x_limits), ("y", axes.y_limits)):
        # Detectors divide by the difference and spell values between the limits. matplotlib widens
        # limits that are closer than its own arithmetic bears.
        span = abs(high - low)
        if not MIN_SPAN <= span <= MAX_SPAN:
            raise WireError(
                f"{where} the {name} axis goes from {low:g} to {high:g}: give it limits that "
                f"differ by {MIN_SPAN:g} to {MAX_SPAN:g}"
            )


def _check_span(span: Span | None, where: str) -> None:
    if span is not None and span[0] >= span[1]:
        raise WireError(f"{where} span {span} is empty")


def _check_text(op: TextOp, draw_list: DrawList, where: str) -> None:
    _check_math(op.text, op.is_math, where)
    size_px = draw_list.fonts[op.font].size_pt * draw_list.dpi / 72.0
    if len(op.text) * size_px**2 > MAX_GLYPH_PIXELS:
        raise WireError(f"{where} {len(op.text)} characters of {size_px:.0f} pixels")


def _check_math(content: str, is_math: bool, where: str) -> None:
    if not is_math:
        return
    if len(content) > MAX_MATH:
        raise WireError(f"{where} formula of {len(content)} characters, at most {MAX_MATH}")
    depth = deepest = 0
    for char in content:
        depth += (char == "{") - (char == "}")
        deepest = max(deepest, depth)
    if deepest > MAX_MATH_NESTING:
        raise WireError(f"{where} formula with {deepest} nested braces")


def _check_markers(op: MarkersOp, draw_list: DrawList, where: str) -> None:
    _no_text(op.marker, draw_list, f"{where} marker")
    _no_text(op.outline, draw_list, where)
    # Agg stamps the marker at every piece that it cuts the curve into: without end for a far one.
    if _is_curved(draw_list.outlines[op.outline]):
        raise WireError(f"{where} markers along a curve: markers stand at the vertices of a line")


def _check_collection(op: CollectionOp, draw_list: DrawList, where: str) -> None:
    # Agg takes the entry number i modulo the number of entries and dies of the division by zero.
    if not len(op.antialiased):
        raise WireError(
            f"{where} a collection has no entry in antialiased: set_antialiased() takes True, "
            f"False or a list of at least one of them"
        )
    for offset, dashes in op.dashes:
        _check_dashes(offset, dashes, where)
    for number in set(op.outlines):
        _no_text(number, draw_list, where)


def _repeated(op: CollectionOp, draw_list: DrawList) -> int:
    """How many vertices the outlines of a collection come to, as often as they are transformed."""
    if not op.outlines:
        return 0
    outlines = [draw_list.outlines[number].vertices for number in op.outlines]
    once = sum(len(vertices) for vertices in outlines if vertices is not None)
    return once * math.ceil(max(1, len(op.transforms)) / len(outlines))


def _check_mesh(op: MeshOp, draw_list: DrawList, where: str) -> None:
    if op.coordinates.shape[:2] != (op.rows + 1, op.columns + 1):
        raise WireError(f"{where} coordinates {op.coordinates.shape} for its mesh")
    if len(op.faces) not in (0, 1, op.rows * op.columns):
        raise WireError(f"{where} {len(op.faces)} colours for {op.rows * op.columns} cells")
    # Agg draws as many cells as there are offsets, and reads them beyond the end of the mesh.
    if len(op.offsets) > op.rows * op.columns:
        raise WireError(f"{where} {len(op.offsets)} offsets for {op.rows * op.columns} cells")


def _check_triangles(op: TrianglesOp, draw_list: DrawList, where: str) -> None:
    if len(op.points) != len(op.colors):
        raise WireError(f"{where} {len(op.points)} triangles with {len(op.colors)} colours")


def _no_text(number: int, draw_list: DrawList, where: str) -> None:
    # Texts are laid out when they are painted, each by itself, which only paths are charged for.
    if draw_list.outlines[number].text is not None:
        raise WireError(f"{where} is made of an outlined text")


_OPS: dict[type, Callable[[Any, DrawList, str], None]] = {
    TextOp: _check_text, MarkersOp: _check_markers, CollectionOp: _check_collection,
    MeshOp: _check_mesh, TrianglesOp: _check_triangles,
}  # fmt: skip
