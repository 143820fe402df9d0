"""Minimal edits: re-choose only the decisions that are responsible for the named defects.

An edit is a guess from the words of the feedback; where the outcome depends on what gets drawn it
is checked by rendering (corpus.py), and a guess that failed is repeated with more strength.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from vsdpo_jax.domains.chart.lab.programs import (
    DARK_COLORS,
    DARK_TEXT,
    FIGURE_SIZES,
    LEGEND_PLACES,
    OUTSIDE,
    PALE_COLORS,
    PALE_TEXT,
    Choices,
    y_tops,
)
from vsdpo_jax.domains.chart.lab.tasks import ChartTask
from vsdpo_jax.domains.lab import ERROR, pick

SMALLEST_PT = 7
_UNSEEN = (" missing", " hidden", " cut", " wrong")
"""How notes end that speak of an asked thing: on any axis they are mended as content is."""
_FREE = re.compile(r"free ([a-z]+(?: [a-z]+)?)")
_SIZE_OF = {
    "title": "title_size", "x_label": "x_size", "y_label": "y_size", "legend": "legend_size",
}  # fmt: skip
_REPAIRED_SIZES = {
    "title_size": (8, 10, 12, 14),
    "x_size": (8, 10, 12),
    "y_size": (8, 10, 12),
    "tick_size": (8, 9, 10),
    "legend_size": (8, 10),
}


def repair(
    rng: np.random.Generator,
    task: ChartTask,
    choices: Choices,
    notes: Mapping[str, str],
    strength: int = 0,
) -> Choices:
    """Re-choose what the notes blame and nothing else.

    Args:
      rng: source of the new choices.
      task: what is drawn.
      choices: of the flawed attempt.
      notes: axis (or ERROR) -> its note in the feedback; only axes to repair.
      strength: 0 for the smallest change; 1 and 2 after it was not enough.

    Raises:
      ValueError: for an axis that no choice of this world can be blamed for.
    """
    for axis, note in notes.items():
        if axis not in _REPAIRS:
            raise ValueError(f"repair: axis {axis!r} is unknown; known: {', '.join(_REPAIRS)}")
        parts = note.split("; ")
        unseen = [part for part in parts if part.endswith(_UNSEEN) and axis != ERROR]
        own = [part for part in parts if part not in unseen]
        if unseen and axis != "content":
            choices = _repair_content(rng, task, choices, "; ".join(unseen), strength)
        if own or axis == "content":
            choices = _REPAIRS[axis](rng, task, choices, note, strength)
    return choices


def changed_choices(before: Choices, after: Choices) -> set[str]:
    """Names of the spans (``Program.spans``) on which two sets of choices differ."""
    names = set()
    for field in (
        "figure_size", "spare_axes", "title_size", "title_color", "x_size", "x_pad", "y_size",
        "y_pad", "tick_size", "rotation", "y_top", "legend_place", "legend_size", "tight",
        "repeated_title", "mistake",
    ):  # fmt: skip
        if getattr(before, field) != getattr(after, field):
            names.add(field)
    for row, (one, two) in enumerate(zip(before.colors, after.colors, strict=True)):
        if one != two:
            names.add(f"color{row}")
    if before.slip != after.slip:
        names |= {f"values{slip[0]}" for slip in (before.slip, after.slip) if slip is not None}
    return names | (before.omitted ^ after.omitted)


def _larger_figure(rng: np.random.Generator, choices: Choices) -> Choices:
    width, height = choices.figure_size
    larger = [size for size in FIGURE_SIZES if size[0] > width and size[1] >= height]
    return replace(choices, figure_size=pick(rng, larger[:3])) if larger else choices


def _smaller_title(rng: np.random.Generator, choices: Choices) -> Choices:
    smaller = [size for size in (8, 10, 12, 14, 16) if size < choices.title_size]
    return replace(choices, title_size=pick(rng, smaller[:3])) if smaller else choices


def _repair_tiny(
    rng: np.random.Generator, task: ChartTask, choices: Choices, note: str, strength: int
) -> Choices:
    for name, sizes in _REPAIRED_SIZES.items():
        if getattr(choices, name) < SMALLEST_PT:
            choices = replace(choices, **{name: pick(rng, sizes)})
    return choices


def _repair_contrast(
    rng: np.random.Generator, task: ChartTask, choices: Choices, note: str, strength: int
) -> Choices:
    colors = list(choices.colors)
    for row, color in enumerate(colors):
        if color in PALE_COLORS:
            colors[row] = pick(rng, [dark for dark in DARK_COLORS if dark not in colors])
    if choices.title_color in PALE_TEXT:
        choices = replace(choices, title_color=pick(rng, (None, *DARK_TEXT)))
    return replace(choices, colors=tuple(colors))


def _repair_range(
    rng: np.random.Generator, task: ChartTask, choices: Choices, note: str, strength: int
) -> Choices:
    tops: list[int | None] = [*y_tops(task, enough=True)]
    # A marker on the limit itself sticks out; more room after that failed.
    return replace(choices, y_top=pick(rng, tops[1:] if strength else tops[:4]))


def _repair_legend(
    rng: np.random.Generator, task: ChartTask, choices: Choices, note: str, strength: int
) -> Choices:
    found = _FREE.search(note)
    place = found.group(1) if found else OUTSIDE
    if place not in LEGEND_PLACES:
        place = OUTSIDE
    choices = replace(choices, legend_place=place)
    if place == OUTSIDE:
        choices = replace(choices, tight=True)
    if strength:
        choices = _larger_figure(rng, replace(choices, legend_size=8))
    return choices


def _repair_ticks(
    rng: np.random.Generator, task: ChartTask, choices: Choices, note: str, strength: int
) -> Choices:
    if "y crowded" in note or strength == 2:
        choices = _larger_figure(rng, choices)
    if "x crowded" not in note:
        return choices
    if choices.rotation in (0, 30) and not strength:
        return replace(choices, rotation=pick(rng, (45, 90)))
    return replace(choices, rotation=90, tick_size=min(choices.tick_size, pick(rng, (8, 9))))


def _repair_clip(
    rng: np.random.Generator, task: ChartTask, choices: Choices, note: str, strength: int
) -> Choices:
    if "suptitle" in note:
        choices = replace(choices, repeated_title=False)
    sides = [part for part in note.split("; ") if "title left" in part or "title right" in part]
    if sides and "title" not in choices.omitted:
        choices = _smaller_title(rng, choices)
    if len(sides) < len(note.split("; ")) or strength:
        choices = replace(choices, tight=True)
    if strength:
        choices = _larger_figure(rng, choices)
    if strength == 2 and "legend" in note:
        choices = replace(choices, legend_place=pick(rng, LEGEND_PLACES[:4]))
    return choices


def _repair_overlap(
    rng: np.random.Generator, task: ChartTask, choices: Choices, note: str, strength: int
) -> Choices:
    if "behind legend" in note:
        choices = replace(choices, legend_place=OUTSIDE, tight=True)
    if "suptitle" in note:
        choices = replace(choices, repeated_title=False)
    elif (
        "title on" in note or "on title" in note
    ):  # so wide that it runs into the tick labels beside it
        choices = _smaller_title(rng, choices)
    if "x label" in note or strength:
        choices = replace(choices, x_pad=None)
    if "y label" in note or strength:
        choices = replace(choices, y_pad=None)
    if strength:
        choices = _larger_figure(rng, replace(choices, tight=True))
    return choices


def _repair_empty(
    rng: np.random.Generator, task: ChartTask, choices: Choices, note: str, strength: int
) -> Choices:
    return replace(choices, spare_axes=False)


def _repair_content(
    rng: np.random.Generator, task: ChartTask, choices: Choices, note: str, strength: int
) -> Choices:
    omitted = choices.omitted
    added = {_SIZE_OF.get(name, "") for name in omitted}
    for name, sizes in _REPAIRED_SIZES.items():
        if name in added and getattr(choices, name) < SMALLEST_PT:
            choices = replace(choices, **{name: pick(rng, sizes)})
    if "title" in choices.omitted and choices.title_color in PALE_TEXT:
        choices = replace(choices, title_color=None)
    if "series" in choices.omitted and choices.colors[-1] in PALE_COLORS:
        dark = [color for color in DARK_COLORS if color not in choices.colors]
        choices = replace(choices, colors=(*choices.colors[:-1], pick(rng, dark)))
    choices = replace(choices, omitted=frozenset(), repeated_title=False, slip=None)
    choices = _seen_series(rng, task, choices, note)
    # A text that the program does write is missing when it lies outside the canvas.
    hidden = {f"{axis}_label" for axis in "xy" if f"{axis} label" in note} - omitted
    if hidden or "categor" in note or strength:
        choices = replace(choices, tight=True)
    if "title cut" in note or ("title missing" in note and "title" not in omitted):
        choices = _smaller_title(rng, choices)
    if "title hidden" in note or strength:
        choices = replace(choices, legend_place=OUTSIDE, tight=True)
    if "categor" in note and choices.rotation == 0 and max(map(len, task.categories)) > 6:
        choices = replace(choices, rotation=pick(rng, (45, 90)))
    return _larger_figure(rng, choices) if strength else choices


def _seen_series(rng: np.random.Generator, task: ChartTask, choices: Choices, note: str) -> Choices:
    """Dark colours and enough room for the series that the note names."""
    colors = list(choices.colors)
    for row, (name, values) in enumerate(task.series):
        if f"series {name} " not in f"{note} ":
            continue
        if colors[row] in PALE_COLORS:
            colors[row] = pick(rng, [dark for dark in DARK_COLORS if dark not in colors])
        if choices.y_top is not None and choices.y_top <= max(values):
            choices = replace(choices, y_top=pick(rng, y_tops(task, enough=True)[1:]))
    return replace(choices, colors=tuple(colors))


def _repair_error(
    rng: np.random.Generator, task: ChartTask, choices: Choices, note: str, strength: int
) -> Choices:
    return replace(choices, mistake=None)


_REPAIRS: dict[str, Callable[[np.random.Generator, ChartTask, Choices, str, int], Choices]] = {
    "overlap": _repair_overlap,
    "clip": _repair_clip,
    "legend": _repair_legend,
    "ticks": _repair_ticks,
    "contrast": _repair_contrast,
    "tiny": _repair_tiny,
    "empty": _repair_empty,
    "range": _repair_range,
    "content": _repair_content,
    ERROR: _repair_error,
}
