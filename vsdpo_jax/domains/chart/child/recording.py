"""A renderer that records draw calls and paints them.

It is the renderer of every Agg canvas in the program's process, so layout, pixels and files are
those of plain matplotlib. What is painted is written into the tables of a draw list. Arrays are
copied when recorded: artists reuse and change theirs while a figure is drawn.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import TextToPath

from vsdpo_jax.domains.chart.child.telling import UnsupportedDrawing, no_latex
from vsdpo_jax.domains.chart.drawlist.fields import HATCHES, STYLE
from vsdpo_jax.domains.chart.drawlist.fonts import bundled_name, uses_bundled_only
from vsdpo_jax.domains.chart.drawlist.records import (
    CollectionOp,
    Font,
    ImageOp,
    MarkersOp,
    MeshOp,
    Op,
    Outline,
    PathOp,
    Pen,
    TextOp,
    TrianglesOp,
)  # fmt: skip

# Places further out are no coordinates any more: the rasteriser counts in 24.8 bits.
MAX_PLACE_PX = 1e7


class _LayoutDone(Exception):
    """Ends a draw after its layout."""


class Table:
    """Values numbered in order of first appearance."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self._numbers: dict[Any, int] = {}

    def number(self, key: Any, make: Callable[[], Any]) -> int:
        """The number of the value with this key; ``make`` builds it the first time."""
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.rows)
            self.rows.append(make())
        return found


class TextOutlines(TextToPath):
    """Remembers which text an outline came from, so that the painter can lay it out itself.

    Path effects draw texts as outlines; without this their words would be lost.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sources: dict[bytes, tuple[Any, ...]] = {}

    def get_text_path(
        self, prop: FontProperties, s: str, ismath: Any = False, **layout: Any
    ) -> tuple[Any, Any]:
        """As in matplotlib; notes the text under the outline it returns."""
        vertices, codes = super().get_text_path(prop, s, ismath=ismath, **layout)
        if len(codes):
            self.sources[np.asarray(Path(vertices, codes).vertices).tobytes()] = (
                prop.copy(), s, bool(ismath), layout.get("features"), layout.get("language"),
            )  # fmt: skip
        return vertices, codes


class RecordingRenderer(RendererAgg):
    """Records and paints one figure.

    Args:
      width, height, dpi: as FigureCanvasAgg gives them to RendererAgg.

    Attributes:
      ops: what was drawn. artists: the artist of each artist number of the ops.
      owners: id of an artist -> the artist that drew it.
      layout_suffices: of the class: a draw that renders nothing may end after the layout engine.
      paints: of the class: whether anybody can see the pixels.
    """

    layout_suffices = False
    paints = True

    def __init__(self, width: float, height: float, dpi: float) -> None:
        super().__init__(width, height, dpi)
        self._forget()

    def _forget(self) -> None:
        self._text2path = self._outlined = TextOutlines()
        self.ops: list[Op] = []
        self.artists: list[Artist] = []
        self.owners: dict[int, Artist] = {}
        self.outlines, self.pens, self.fonts, self.transforms = Table(), Table(), Table(), Table()
        self._artist_numbers: dict[int, int] = {}

    def clear(self) -> None:
        """Forget what was recorded; the next draw starts anew."""
        super().clear()
        self._forget()

    @contextlib.contextmanager
    def _draw_disabled(self) -> Iterator[None]:
        """As in matplotlib; where the layout suffices, the draw ends with its first artist."""
        base: Any = super()
        with base._draw_disabled():
            if not type(self).layout_suffices:
                yield
                return
            self.open_group = _end_after_layout  # type: ignore[method-assign]
            with contextlib.suppress(_LayoutDone):
                yield

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        """As in matplotlib, without LaTeX."""
        if ismath == "TeX":
            raise no_latex()
        return super().get_text_width_height_descent(s, prop, ismath)

    def _update_methods(self) -> None:
        """RendererAgg binds the painting methods here; the methods below call them."""
        self.copy_from_bbox = self._renderer.copy_from_bbox

    def _artist(self) -> int:
        """The number of the artist whose ``draw`` is running."""
        artist = _drawing_artist(sys._getframe(2), self.owners)
        if artist is None:
            raise UnsupportedDrawing("the renderer was called by something that is no artist")
        found = self._artist_numbers.get(id(artist))
        if found is None:
            found = self._artist_numbers[id(artist)] = len(self.artists)
            self.artists.append(artist)
        return found

    def _transform(self, transform: Any) -> int:
        if transform is None:
            return self.transforms.number(_IDENTITY, lambda: _IDENTITY)
        matrix = np.asarray(transform, np.float64)
        if matrix.shape != (3, 3):
            raise ValueError(f"an affine transform is a 3x3 matrix, not {matrix.shape}")
        (a, c, e), (b, d, f) = matrix[:2].tolist()
        row = (a, b, c, d, e, f)
        return self.transforms.number(row, lambda: row)

    def _outline(self, path: Path) -> int:
        vertices = np.ascontiguousarray(path.vertices, np.float64)
        codes = None if path.codes is None else np.ascontiguousarray(path.codes, np.uint8)
        raw = vertices.tobytes()
        simplify, threshold = bool(path.should_simplify), float(path.simplify_threshold)
        source = self._outlined.sources.get(raw)
        if source is not None and codes is not None:
            prop, content, is_math, features, language = source
            font = self._font(prop)
            key = (content, font, is_math, _plain(features), language, simplify, threshold)
            return self.outlines.number(
                key,
                lambda: Outline(
                    vertices=None, codes=None, simplify=simplify, simplify_threshold=threshold,
                    text=content, font=font, is_math=is_math, features=_plain(features),
                    language=language,
                ),
            )  # fmt: skip
        raw_codes = None if codes is None else codes.tobytes()
        return self.outlines.number(
            (raw, raw_codes, simplify, threshold),
            lambda: Outline(
                vertices=np.frombuffer(raw, np.float64).reshape(-1, 2),
                codes=None if raw_codes is None else np.frombuffer(raw_codes, np.uint8),
                simplify=simplify,
                simplify_threshold=threshold,
            ),
        )

    def _font(self, prop: FontProperties) -> int:
        try:
            file = bundled_name(prop)
        except ValueError as error:
            raise UnsupportedDrawing(str(error)) from None
        key = (
            tuple(prop.get_family()), prop.get_style(), prop.get_variant(), prop.get_weight(),
            prop.get_stretch(), float(prop.get_size_in_points()), prop.get_math_fontfamily(), file,
        )  # fmt: skip

        def make() -> Font:
            if not uses_bundled_only(prop):
                raise UnsupportedDrawing(
                    f"font {prop.get_name()!r} is not available: charts are drawn with "
                    "matplotlib's own fonts only, such as 'DejaVu Sans' or 'DejaVu Serif'"
                )
            return Font(
                families=key[0], style=key[1], variant=key[2], weight=key[3], stretch=key[4],
                size_pt=key[5], math_family=key[6], file=file,
            )  # fmt: skip

        return self.fonts.number(key, make)

    def _pen(self, gc: Any) -> int:
        clip_outline = clip_transform = None
        if gc._clippath is not None:
            clip_path, affine = gc.get_clip_path()
            if clip_path is not None:
                clip_outline, clip_transform = self._outline(clip_path), self._transform(affine)
        box = gc._cliprect
        offset, lengths = gc.get_dashes()
        hatch = gc.get_hatch()
        key: tuple[Any, ...] = (
            _color(gc._rgb), float(gc._alpha), bool(gc._forced_alpha), bool(gc._antialiased),
            gc.get_capstyle(), gc.get_joinstyle(), float(gc._linewidth), float(offset or 0.0),
            _floats(lengths), None if box is None else _floats(box.extents), clip_outline,
            clip_transform, _snap(gc.get_snap()), _hatch(hatch),
            _color(gc.get_hatch_color()) if hatch else None, float(gc.get_hatch_linewidth()),
            _floats(gc.get_sketch_params()),
        )  # fmt: skip
        return self.pens.number(key, lambda: Pen(**dict(zip(_PEN_FIELDS, key, strict=True))))

    def draw_path(self, gc: Any, path: Any, transform: Any, rgbFace: Any = None) -> None:
        """Record and paint one outline."""
        self.ops.append(PathOp(
            pen=self._pen(gc), artist=self._artist(), outline=self._outline(path),
            transform=self._transform(transform), face=_color(rgbFace),
        ))  # fmt: skip
        if self.paints:
            super().draw_path(gc, path, transform, rgbFace)

    def draw_markers(
        self, gc: Any, marker_path: Any, marker_trans: Any, path: Any, trans: Any,
        rgbFace: Any = None,
    ) -> None:  # fmt: skip
        """Record and paint a marker at each vertex."""
        self.ops.append(MarkersOp(
            pen=self._pen(gc), artist=self._artist(), marker=self._outline(marker_path),
            marker_transform=self._transform(marker_trans), outline=self._outline(path),
            transform=self._transform(trans), face=_color(rgbFace),
        ))  # fmt: skip
        if self.paints:
            self._renderer.draw_markers(gc, marker_path, marker_trans, path, trans, rgbFace)

    def draw_path_collection(
        self, gc: Any, master_transform: Any, paths: Iterable[Path], all_transforms: Any,
        offsets: Any, offset_trans: Any, facecolors: Any, edgecolors: Any, linewidths: Any,
        linestyles: Any, antialiaseds: Any, urls: Any, offset_position: Any, *,
        hatchcolors: Any = None,
    ) -> None:  # fmt: skip
        """Record and paint many outlines."""
        paths, styles = list(paths), list(linestyles)
        self.ops.append(CollectionOp(
            pen=self._pen(gc), artist=self._artist(),
            transform=self._transform(master_transform),
            outlines=tuple(self._outline(path) for path in paths),
            transforms=np.array(all_transforms, np.float64).reshape(-1, 3, 3),
            offsets=np.array(offsets, np.float64).reshape(-1, 2),
            offset_transform=self._transform(offset_trans), faces=_colors(facecolors),
            edges=_colors(edgecolors), linewidths=np.array(linewidths, np.float64).reshape(-1),
            dashes=tuple((float(start or 0.0), _floats(parts)) for start, parts in styles),
            antialiased=np.array(antialiaseds, bool).astype(np.uint8).reshape(-1),
            hatch_colors=_colors([] if hatchcolors is None else hatchcolors),
        ))  # fmt: skip
        if self.paints:
            self._renderer.draw_path_collection(
                gc, master_transform, paths, all_transforms, offsets, offset_trans, facecolors,
                edgecolors, linewidths, styles, antialiaseds, urls, offset_position,
                hatchcolors=[] if hatchcolors is None else hatchcolors,
            )  # fmt: skip

    def draw_quad_mesh(
        self, gc: Any, master_transform: Any, meshWidth: int, meshHeight: int, coordinates: Any,
        offsets: Any, offsetTrans: Any, facecolors: Any, antialiased: Any, edgecolors: Any,
    ) -> None:  # fmt: skip
        """Record and paint a mesh."""
        self.ops.append(MeshOp(
            pen=self._pen(gc), artist=self._artist(),
            transform=self._transform(master_transform), columns=int(meshWidth),
            rows=int(meshHeight), coordinates=np.array(coordinates, np.float64),
            offsets=np.array(offsets, np.float64).reshape(-1, 2),
            offset_transform=self._transform(offsetTrans), faces=_colors(facecolors),
            antialiased=bool(antialiased), edges=_colors(edgecolors),
        ))  # fmt: skip
        if self.paints:
            self._renderer.draw_quad_mesh(
                gc, master_transform, meshWidth, meshHeight, coordinates, offsets, offsetTrans,
                facecolors, antialiased, edgecolors,
            )  # fmt: skip

    def draw_gouraud_triangles(
        self, gc: Any, triangles_array: Any, colors_array: Any, transform: Any
    ) -> None:
        """Record and paint shaded triangles."""
        self.ops.append(TrianglesOp(
            pen=self._pen(gc), artist=self._artist(),
            points=np.array(triangles_array, np.float64).reshape(-1, 3, 2),
            colors=np.array(colors_array, np.float64).reshape(-1, 3, 4),
            transform=self._transform(transform),
        ))  # fmt: skip
        if self.paints:
            self._renderer.draw_gouraud_triangles(gc, triangles_array, colors_array, transform)

    def draw_image(self, gc: Any, x: float, y: float, im: Any, transform: Any = None) -> None:
        """Record and paint an image, already scaled to pixels of the canvas."""
        _check_place(x, y, "an image")
        pixels = np.array(im, np.uint8)
        if pixels.ndim != 3 or pixels.shape[2] != 4:
            raise ValueError(f"draw_image takes an RGBA image, not one of shape {pixels.shape}")
        self.ops.append(ImageOp(
            pen=self._pen(gc), artist=self._artist(), x=float(x), y=float(y), pixels=pixels
        ))  # fmt: skip
        if self.paints:
            self._renderer.draw_image(gc, x, y, im)

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: FontProperties, angle: float,
        ismath: Any = False, mtext: Text | None = None,
    ) -> None:  # fmt: skip
        """Record and paint one line of text."""
        _check_place(x, y, f"the text {s[:60]!r}")
        features, language = _layout_options(mtext)
        self.ops.append(TextOp(
            pen=self._pen(gc), artist=self._artist(), x=float(x), y=float(y), text=str(s),
            font=self._font(prop), angle=float(angle), is_math=bool(ismath), features=features,
            language=language,
        ))  # fmt: skip
        if self.paints:
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)

    def draw_tex(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse LaTeX."""
        raise no_latex()

    def start_filter(self) -> NoReturn:
        """Refuse Agg filters."""
        raise UnsupportedDrawing(
            "set_agg_filter is not available: a filter is arbitrary code over pixels; draw the "
            "effect with path effects, alpha or an image instead"
        )

    def stop_filter(self, post_processing: Any) -> None:
        """Nothing to stop; called on the way out of what start_filter refused."""


def _end_after_layout(name: str, gid: str | None = None) -> None:
    """Stands in for ``open_group``: Figure.draw opens its own, lays out, then draws artists."""
    if name != "figure":
        raise _LayoutDone


def _check_place(x: float, y: float, what: str) -> None:
    """Refuse what stands so far out that it has no place among pixels."""
    if not max(abs(x), abs(y)) <= MAX_PLACE_PX:
        raise UnsupportedDrawing(
            f"{what} stands {max(abs(x), abs(y)):.0e} pixels away from the picture: check its "
            "coordinates against the limits of the axes"
        )


_IDENTITY = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_PEN_FIELDS = tuple(Pen.__dataclass_fields__)


def _drawing_artist(frame: Any, owners: dict[int, Artist]) -> Artist | None:
    """The innermost artist that is being drawn; notes who drew whom the first time."""
    innermost: Artist | None = None
    while frame is not None:
        if frame.f_code.co_name == "draw":
            owner = frame.f_locals.get("self")
            if isinstance(owner, Artist):
                if innermost is None:
                    innermost = owner
                    if id(owner) in owners:
                        return owner
                elif owner is not innermost:
                    owners[id(innermost)] = owner
                    return innermost
        frame = frame.f_back
    return innermost


def _color(value: Any) -> tuple[float, ...] | None:
    return None if value is None else tuple(float(part) for part in value)


def _colors(values: Any) -> np.ndarray:
    array = np.array(values, np.float64)
    return array.reshape(-1, 4) if array.size else np.zeros((0, 4))


def _floats(values: Any) -> tuple[float, ...] | None:
    return None if values is None else tuple(float(value) for value in values)


def _plain(features: Any) -> tuple[str, ...] | None:
    return None if features is None else tuple(str(feature) for feature in features)


def _snap(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _hatch(value: Any) -> str | None:
    # An empty hatch paints nothing, like none at all; unknown letters are ignored by matplotlib.
    letters = "".join(letter for letter in value if letter in HATCHES) if value else ""
    return letters or None


def _layout_options(mtext: Text | None) -> tuple[tuple[str, ...] | None, str | None]:
    """Font features and language of a text; matplotlib has them since 3.11."""
    if mtext is None or _OLD_TEXT:
        return None, None
    language = mtext.get_language()  # pyright: ignore[reportAttributeAccessIssue]
    if not (language is None or isinstance(language, str)):
        raise UnsupportedDrawing("a text in several languages is not available: name one language")
    return _plain(mtext.get_fontfeatures()), language  # pyright: ignore[reportAttributeAccessIssue]


_OLD_TEXT = tuple(int(part) for part in mpl.__version__.split(".")[:2]) < (3, 11)


def style() -> dict[str, Any]:
    """The current settings that the painter must share."""
    settings: dict[str, Any] = {**mpl.rcParams}
    found = {key: settings[key] for key in STYLE if key in settings}
    hinting = found["text.hinting"]
    if isinstance(hinting, bool):
        found["text.hinting"] = "force_autohint" if hinting else "no_hinting"
    return found
