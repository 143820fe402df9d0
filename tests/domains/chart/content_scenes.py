"""A whole hand-built chart that the content axis can read: two series over three months."""

from __future__ import annotations

from dataclasses import replace

from chart_scenes import axes, bar, legend, line, scatter, scene, text, tick_labels

from vsdpo_jax.domains.chart.judge.content.check import Content, check_content
from vsdpo_jax.domains.chart.paint.scene import Mark, Scene

BLUE, RED = (0.0, 0.0, 1.0, 1.0), (1.0, 0.0, 0.0, 1.0)
CATEGORIES = ["Jan", "Feb", "Mar"]
INFO = axes(x_limits=(-0.5, 2.5))
CENTERS = [80 + 400 * (i + 0.5) / 3 for i in range(3)]
ROWS = (("North", BLUE, (20, 35, 50)), ("South", RED, (30, 25, 60)))
LEGEND = legend(["North", "South"], [BLUE, RED], (380.0, 50.0, 90.0, 50.0))
TICKS = tick_labels(CATEGORIES, CENTERS)
ASKED = {
    "kind": "line",
    "title": "Sales of Tea",
    "x_label": "Month",
    "y_label": "Euros",
    "categories": CATEGORIES,
    "series": [{"name": n, "values": list(v)} for n, _, v in ROWS],
}
ONE = {**ASKED, "series": ASKED["series"][:1]}


def y_ticks(values=(0, 25, 50, 75, 100), words=None, limits=(0.0, 100.0), **changes) -> list[Mark]:
    """Labels at values of a linear y axis."""
    low, high = limits
    centers = [340 - 300 * (v - low) / (high - low) for v in values]
    said = [f"{v:g}" for v in values] if words is None else words
    return tick_labels(said, centers, role="y_tick_label", **changes)


def texts(title="Sales of Tea", x_label="Month", y_label="Euros") -> list[Mark]:
    made = []
    if title:
        made.append(text(title, (200.0, 15.0, 100.0, 14.0), role="title"))
    if x_label:
        made.append(text(x_label, (260.0, 370.0, 40.0, 10.0), role="x_label"))
    if y_label:
        made.append(text(y_label, (10.0, 150.0, 10.0, 60.0), role="y_label", rotation_deg=90.0))
    return made


def lines(*rows, info=INFO, **changes) -> list[Mark]:
    return [
        line(list(enumerate(values)), info, color_rgba=color, label=name, **changes)
        for name, color, values in rows
    ]


def bars(*rows, gap=0.2, info=INFO, label=True) -> list[Mark]:
    """Grouped bars, ``gap`` half of a bar's width."""
    made = []
    for place, (name, color, values) in enumerate(rows):
        for i, value in enumerate(values):
            x = i + (place - (len(rows) - 1) / 2) * 2 * gap
            changes = {"color_rgba": color, "label": name if label else ""}
            made.append(bar(x, value, info, width=2 * gap, **changes))
    return made


def points(*rows, info=INFO, **changes) -> list[Mark]:
    """Scatter marks whose points are 10 px wide."""
    return [
        dotted(scatter(list(enumerate(values)), info, color_rgba=color, label=name, **changes))
        for name, color, values in rows
    ]


def dotted(mark: Mark, size_px: float = 10.0) -> Mark:
    """A mark with points of a size: its box reaches over their middles."""
    x, y, width, height = mark.full_region
    box = (x - size_px / 2, y - size_px / 2, width + size_px, height + size_px)
    return replace(mark, full_region=box, region=None if mark.region is None else box)


def stroked(mark: Mark, width_px: float = 2.0) -> Mark:
    """A line with a width."""
    return dotted(mark, width_px)


def honest(*rows, scale=True, **changes) -> list[Mark]:
    """Everything that ASKED asks for, as lines."""
    marks = [*texts(**changes), *map(stroked, lines(*(rows or ROWS))), *TICKS, *LEGEND]
    return [*marks, *y_ticks()] if scale else marks


def check(marks, asked=None, infos=(INFO,), **changes) -> Content:
    return check_content(drawn(marks, infos, **changes), ASKED if asked is None else asked)


def drawn(marks, infos=(INFO,), **changes) -> Scene:
    return scene(marks, infos, **changes)


def notes(marks, asked=None, infos=(INFO,)) -> tuple[str, ...]:
    return check(marks, asked, infos).reading.notes
