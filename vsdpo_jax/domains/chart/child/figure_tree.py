"""What every artist of a drawn figure is: its role, its axes, its owner in the program, its label.

Runs in the program's process, after the draw, when lazily made ticks exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes._base import _AxesBase
from matplotlib.axes._secondary_axes import SecondaryAxis
from matplotlib.axis import Axis
from matplotlib.collections import Collection
from matplotlib.container import Container
from matplotlib.figure import Figure, FigureBase
from matplotlib.image import AxesImage, _ImageBase
from matplotlib.legend import Legend
from matplotlib.patches import FancyArrow, FancyArrowPatch, Patch
from matplotlib.quiver import QuiverKey
from matplotlib.table import Table
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox
from mpl_toolkits.axisartist.axis_artist import AxisArtist, GridlinesCollection

from vsdpo_jax.domains.chart.child import axis_notes, defaults, setters
from vsdpo_jax.domains.chart.child.attribution import (
    BIRTH,
    CONTENT,
    Origin,
    SourceMap,
    latest,
    origin_of,
)
from vsdpo_jax.domains.chart.child.recording import RecordingRenderer
from vsdpo_jax.domains.chart.drawlist.records import SETTABLE, ArtistInfo, AxesInfo
from vsdpo_jax.records import Span


@dataclass(slots=True)
class _Entry:
    """What an artist is; ``setters`` are calls on what it is a part of, property -> call."""

    role: str
    axes: int
    origin: Origin | None
    setters: Mapping[str, Origin] = field(default_factory=dict)


class FigureTree:
    """The roles of a drawn figure.

    Args:
      figure: a figure in the state in which it was just drawn.
      renderer: what drew it; knows who drew artists outside the tree.
      source: offsets of the program.
    """

    def __init__(self, figure: Figure, renderer: RecordingRenderer, source: SourceMap) -> None:
        self._height = float(renderer.height)
        self._owners = renderer.owners
        self._source = source
        self._entries: dict[int, _Entry] = {}
        self._labels: dict[int, str] = {}
        self.axes: list[_AxesBase] = _all_axes(figure)
        self._numbers = {id(axes): number for number, axes in enumerate(self.axes)}
        self._tick_origins: dict[int, Origin | None] = {}
        for axes in self.axes:
            self._walk_axes(axes)
        self._walk_figure(figure)

    def artist_info(self, artist: Artist) -> ArtistInfo:
        """Role, axes, span and label of an artist that drew something."""
        entry = self._find(artist)
        return ArtistInfo(
            artist_type=type(artist).__name__[:200],
            role=entry.role,
            axes=entry.axes,
            span=self._source.span(entry.origin),
            label=self._label(artist),
            setters=self._setters(artist, entry),
        )

    def _setters(self, artist: Artist, entry: _Entry) -> tuple[tuple[str, Span], ...]:
        """Pairs (property, span) of the calls, other than its owner, that made it what it is."""
        owner, own = entry.origin, setters.of(artist)
        birth: Origin | None = artist.__dict__.get(BIRTH)
        around = origin_of(self.axes[entry.axes]) if entry.axes >= 0 else None
        # A text whose words were replaced still stands where it was put, as it was made.
        remade = (
            owner is not None and birth is not None and not birth.is_same_point(owner)
            and isinstance(artist, Text) and not (around and birth.is_same_point(around))
        )  # fmt: skip
        span = self._source.span(owner)
        birth_text = self._source.text(span)
        times = [origin.order if origin else None for origin in (birth, owner, around, None)]
        found = []
        for name in SETTABLE:
            call = latest(own.get(name), entry.setters.get(name))
            if call is None or (owner is not None and call.is_same_point(owner)):
                call = defaults.setter(artist, entry.role, name, times, birth_text)
                call = call or (birth if remade and name != "text" else None)
            place = self._source.span(call)
            if place is not None and place != span:
                found.append((name, place))
        return tuple(found)

    def _background_span(self, axes: Any) -> Span | None:
        """The last call that coloured what the axes stands on."""
        birth = origin_of(axes)
        call = axis_notes.intended(setters.of(axes.patch).get("color"), birth)
        call = call or defaults.background_setter(axes, 0 if birth is None else birth.order)
        if call is None and not (axes.patch.get_visible() and axes.patch.get_facecolor()[3] > 0):
            call = setters.of(axes.get_figure(root=True).patch).get("color")
        return self._source.span(call)

    def axes_info(self, number: int, drawn: bool) -> AxesInfo:
        """One axes; ``drawn`` says whether anything of it was painted."""
        axes: Any = self.axes[number]
        return AxesInfo(
            region=_flipped(axes.bbox, self._height),
            projection="secondary" if isinstance(axes, SecondaryAxis) else str(axes.name),
            x_limits=_pair(axes.get_xlim()),
            y_limits=_pair(axes.get_ylim()),
            x_scale=str(axes.get_xscale()),
            y_scale=str(axes.get_yscale()),
            span=self._source.span(origin_of(axes)),
            x_tick_span=self._tick_span(axes.xaxis),
            y_tick_span=self._tick_span(axes.yaxis),
            x_limit_span=self._limit_span(axes.xaxis, axes),
            y_limit_span=self._limit_span(axes.yaxis, axes),
            background_span=self._background_span(axes),
            grid_spec=_grid_spec(axes),
            is_colorbar=getattr(axes, "_colorbar", None) is not None,
            is_visible=bool(_shown(axes) and (axes.axison or drawn)),
        )

    def _find(self, artist: Artist) -> _Entry:
        """The artist's entry; one outside the tree is a part of what drew it."""
        entry = self._entries.get(id(artist))
        if entry is not None:
            return entry
        owner = self._owners.get(id(artist))
        if owner is None or owner is artist:
            role = "text" if isinstance(artist, Text) else "background"
            return _Entry(role, -1, origin_of(artist))
        outer = self._find(owner)
        return _Entry(_part_role(artist, outer.role), outer.axes, origin_of(artist) or outer.origin)

    def _label(self, artist: Artist) -> str:
        label = self._labels.get(id(artist)) or artist.get_label()
        return label[:1000] if isinstance(label, str) and not label.startswith("_") else ""

    def _add(
        self, artist: Artist | None, role: str, axes: int, fallback: Origin | None = None,
        calls: Mapping[str, Origin] | None = None,
    ) -> None:  # fmt: skip
        """Enter an artist with a fixed role, unless it has one; texts bring box and arrow."""
        if artist is None or id(artist) in self._entries:
            return
        origin = origin_of(artist) or fallback
        self._entries[id(artist)] = _Entry(role, axes, origin, calls or {})
        if isinstance(artist, Text):
            self._add(artist.get_bbox_patch(), "text_box", axes, origin)
        if isinstance(artist, Annotation):
            self._add(artist.arrow_patch, "arrow", axes, origin)

    def _walk_figure(self, figure: Any) -> None:
        birth = origin_of(figure)
        self._add(figure.patch, "background", -1, birth)
        for attribute, role in (
            ("_suptitle", "suptitle"), ("_supxlabel", "x_label"), ("_supylabel", "y_label"),
        ):  # fmt: skip
            self._add(getattr(figure, attribute), role, -1, birth)
        for legend in figure.legends:
            self._walk_legend(legend, -1, birth)
        for sub_figure in figure.subfigs:
            self._walk_figure(sub_figure)
        for child in figure.get_children():
            if isinstance(child, Legend | _AxesBase | FigureBase):
                continue
            # What is drawn on the figure is decoration beside axes, and the content without any.
            drawing = isinstance(child, Patch | Collection) or _is_line(child)
            if isinstance(child, _ImageBase) or (drawing and not self.axes):
                self._add(child, "data", -1, birth)
            self._walk_free(child, -1, birth)

    def _walk_axes(self, axes: Any) -> None:
        number, birth = self._numbers[id(axes)], origin_of(axes)
        self._add(axes.patch, "background", number, birth)
        for title in (axes.title, axes._left_title, axes._right_title):
            self._add(title, "title", number, birth)
        for spine in axes.spines.values():
            self._add(spine, "spine", number, birth)
        if axes.legend_ is not None:
            self._walk_legend(axes.legend_, number, birth)
        for container in axes.containers:
            self._note_container(container)
        skipped = {id(axis) for axis in axes._axis_map.values()}
        skipped.update(id(child) for child in axes.child_axes)
        for child in axes.get_children():
            if isinstance(child, Legend):
                self._walk_legend(child, number, birth)
            elif isinstance(child, AxisArtist):
                continue  # below, when the owners of ticks are known
            elif isinstance(child, GridlinesCollection):
                self._add(child, "grid", number, birth)
            elif id(child) not in skipped and id(child) not in self._entries:
                self._walk_child(child, axes, number, birth)
        plotted = latest(
            *(
                entry.origin
                for child in axes.get_children()
                if (entry := self._entries.get(id(child))) is not None
                and entry.role in ("data", "grid")
            )
        )
        for name, axis in axes._axis_map.items():
            self._walk_axis(axis, name, number, latest(plotted) or birth)
        for child in axes.get_children():
            if isinstance(child, AxisArtist):
                self._walk_axis_artist(child, axes, number)

    def _walk_child(self, child: Artist, axes: Any, number: int, birth: Origin | None) -> None:
        """Something that was put into an axes."""
        if isinstance(child, FancyArrowPatch | FancyArrow):
            self._add(child, "arrow", number, birth)
        elif isinstance(child, Patch | Collection | AxesImage) or _is_line(child):
            role = "data" if _in_data_units(child, axes) else "grid"
            self._add(child, role, number, birth)
        else:
            self._walk_free(child, number, birth)

    def _walk_free(self, artist: Artist, axes: int, fallback: Origin | None) -> None:
        """Texts, tables, offset boxes, insets' frames and drawings in the figure, with parts."""
        if id(artist) in self._entries:
            return
        if isinstance(artist, Annotation):
            self._add(artist, "annotation", axes, fallback)
        elif isinstance(artist, Text):
            self._add(artist, "text", axes, fallback)
        elif isinstance(artist, FancyArrowPatch | FancyArrow):
            self._add(artist, "arrow", axes, fallback)
        elif isinstance(artist, Patch | Collection | _ImageBase) or _is_line(artist):
            self._add(artist, "background" if axes < 0 else "text_box", axes, fallback)
        else:
            role = "arrow" if type(artist).__name__ == "InsetIndicator" else "text_box"
            if isinstance(artist, QuiverKey):
                role = "legend_handle"
            self._add(artist, role, axes, fallback)
            origin = self._entries[id(artist)].origin
            parts = (
                artist.get_celld().values() if isinstance(artist, Table) else artist.get_children()
            )
            for part in parts:
                if isinstance(part, _AxesBase):
                    continue
                if isinstance(part, Patch) and artist.get_children() and isinstance(artist, Table):
                    self._add(part, "text_box", axes, origin)
                    self._add(part.get_text(), "text", axes, origin)  # pyright: ignore[reportAttributeAccessIssue]
                else:
                    self._walk_free(part, axes, origin)

    def _walk_legend(self, legend: Legend, axes: int, fallback: Origin | None) -> None:
        origin, moved = origin_of(legend) or fallback, setters.of(legend)
        self._add(legend, "legend_frame", axes, origin, moved)
        self._add(legend.get_frame(), "legend_frame", axes, origin, moved)
        self._add(legend.get_title(), "legend_title", axes, origin, moved)
        for text in legend.get_texts():
            self._add(text, "legend_text", axes, origin, moved)
        for artist in _descendants(legend.get_children()):
            role = "legend_text" if isinstance(artist, Text) else "legend_handle"
            self._add(artist, role, axes, origin, moved)

    def _walk_axis(self, axis: Axis, name: str, axes: int, plotted: Origin | None) -> None:
        """An axis: label, offset text and ticks; axis_notes.py says whom they belong to."""
        notes, birth = axis.__dict__, origin_of(axis.axes)
        owners = []
        for which, ticks in (("major", axis.majorTicks), ("minor", axis.minorTicks)):
            words = axis_notes.words(axis, which, birth)
            looks = axis_notes.looks(axis, which, birth)
            labels = [label for tick in ticks for label in (tick.label1, tick.label2)]
            for label in labels:
                owner = words or axis_notes.shaping(looks, [label]) or plotted
                self._entries[id(label)] = _Entry(f"{name}_tick_label", axes, owner, looks)
            owner = words or axis_notes.shaping(looks, labels) or plotted
            owners.append(owner)
            for tick in ticks:
                for mark in (tick.tick1line, tick.tick2line):
                    self._entries[id(mark)] = _Entry("tick", axes, owner)
                grid_owner = notes.get(axis_notes.GRID) or owner
                self._entries[id(tick.gridline)] = _Entry("grid", axes, grid_owner)
        self._tick_origins[id(axis)] = owners[0]
        self._add(axis.label, f"{name}_label", axes, owners[0])
        self._entries[id(axis.offsetText)] = _Entry("offset_text", axes, owners[0])
        # The parts of a three-dimensional axis.
        for attribute, role in (("pane", "background"), ("line", "spine"), ("gridlines", "grid")):
            part = notes.get(attribute)
            if isinstance(part, Artist):
                owner = notes.get(axis_notes.GRID) or owners[0] if role == "grid" else plotted
                self._add(part, role, axes, owner)

    def _walk_axis_artist(self, line: AxisArtist, axes: Any, number: int) -> None:
        """A side of an axes of mpl_toolkits.axisartist, which draws its ticks by itself."""
        across = line._axis_direction in ("bottom", "top")  # pyright: ignore[reportAttributeAccessIssue]
        name, axis = ("x", axes.xaxis) if across else ("y", axes.yaxis)
        owner = self._tick_origins.get(id(axis))
        for attribute, role in (
            ("line", "spine"), ("major_ticks", "tick"), ("minor_ticks", "tick"),
            ("major_ticklabels", f"{name}_tick_label"), ("minor_ticklabels", f"{name}_tick_label"),
            ("label", f"{name}_label"), ("offsetText", "offset_text"),
        ):  # fmt: skip
            part = getattr(line, attribute)
            content = part.__dict__.get(CONTENT) if attribute == "label" else None
            self._entries[id(part)] = _Entry(role, number, content or owner)
        self._add(line, "spine", number, owner)

    def _tick_span(self, axis: Axis) -> Span | None:
        return self._source.span(self._tick_origins.get(id(axis)))

    def _limit_span(self, axis: Axis, axes: Any) -> Span | None:
        return self._source.span(
            axis_notes.intended(axis.__dict__.get(axis_notes.LIMITS), origin_of(axes))
        )

    def _note_container(self, container: Container) -> None:
        """Bars, error bars and stems carry their legend label on the container."""
        label = container.get_label()
        if isinstance(label, str) and not label.startswith("_"):
            for artist in container.get_children():
                self._labels[id(artist)] = label


def _all_axes(figure: Figure) -> list[_AxesBase]:
    """The figure's axes in order, then those inside other axes (insets, secondary axes)."""
    found: list[Any] = list(figure.axes)
    for axes in found:
        found.extend(child for child in axes.child_axes if all(child is not a for a in found))
    return found


def _descendants(artists: Iterable[Artist]) -> Iterable[Artist]:
    for artist in artists:
        yield artist
        yield from _descendants(artist.get_children())


def _part_role(artist: Artist, outer: str) -> str:
    """The role of something outside the tree that an artist of role ``outer`` drew."""
    if isinstance(artist, Text):
        return "legend_text" if outer.startswith("legend") else "text"
    return {"legend_frame": "legend_handle"}.get(outer, outer)


def _is_line(artist: Artist) -> bool:
    from matplotlib.lines import Line2D

    return isinstance(artist, Line2D)


def _in_data_units(artist: Artist, axes: Any) -> bool:
    """Whether both coordinates are data: axvline, axhspan and marks in axes units are guides."""
    if isinstance(artist, AxesImage):
        return True
    transforms = [artist.get_transform()]
    if isinstance(artist, Collection):
        transforms.append(artist.get_offset_transform())
    return any(all(t.contains_branch_seperately(axes.transData)) for t in transforms)


def _shown(artist: Any) -> bool:
    return artist.get_visible() and artist.get_figure().get_visible()


def _flipped(box: Any, height: float) -> tuple[float, float, float, float]:
    found = Bbox(box.get_points() if not isinstance(box, Bbox) else box)
    return (float(found.x0), height - float(found.y1), float(found.width), float(found.height))


def _pair(limits: Any) -> tuple[float, float]:
    low, high = limits
    return float(low), float(high)


def _grid_spec(axes: Any) -> tuple[int, int, int, int, int, int] | None:
    spec = axes.get_subplotspec()
    if spec is None:
        return None
    rows, columns = spec.get_gridspec().get_geometry()
    return (
        int(rows), int(columns), spec.rowspan.start, spec.rowspan.stop - 1, spec.colspan.start,
        spec.colspan.stop - 1,
    )  # fmt: skip
