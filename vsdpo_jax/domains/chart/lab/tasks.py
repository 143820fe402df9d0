"""Synthetic chart tasks: data and texts stated in words, with what the content axis checks.

A task never says how to lay the chart out; whether a layout is right depends on its data (heights,
number and length of categories, length of the title). Values lie on a grid of 5.

Train and held-out tasks are disjoint in three ways, each decided by a checksum of the thing itself:
titles, value lists of every series, and combinations of category list and series names. Words are
shared, as the mini tokenizer and model know few of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsdpo_jax.domains.draws import split_of
from vsdpo_jax.domains.lab import Split, task_rng
from vsdpo_jax.records import Task

KINDS = ("bar", "line", "scatter")
VALUE_STEP = 5
VALUE_MAX = 95

SUBJECTS = (
    "Ferry", "Harbor", "Bakery", "Library", "Museum", "Airport", "Garden", "Forest", "Hospital",
    "School", "Factory", "Market", "Hotel", "Theater", "Stadium", "River", "Solar", "Wind",
    "Coffee", "Tea", "Rice", "Wheat", "Bicycle", "Tram", "Train", "Parcel", "Water", "Energy",
    "Cinema", "Farm", "Cotton", "Timber", "Fish", "Honey", "Paper", "Steel", "Glass", "Cheese",
    "Bus", "Road",
)  # fmt: skip
MEASURES = (
    ("Traffic", "Vehicles"), ("Sales", "Euros"), ("Revenue", "Dollars"), ("Visits", "People"),
    ("Output", "Tons"), ("Costs", "Euros"), ("Demand", "Units"), ("Exports", "Tons"),
    ("Orders", "Units"), ("Repairs", "Hours"), ("Waste", "Kilograms"), ("Usage", "Liters"),
    ("Bookings", "People"), ("Deliveries", "Boxes"), ("Ratings", "Points"), ("Delays", "Minutes"),
    ("Profit", "Dollars"), ("Supply", "Liters"), ("Stock", "Boxes"), ("Growth", "Percent"),
)  # fmt: skip
TAILS = (
    "", "", "", "by {x}", "by {x}", "per {x}", "in the Northern Region", "in the Old Town",
    "of the Last Year", "by {x} and Group", "by {x} in the Whole Country",
    "before and after the Reform", "compared with the Plan",
)  # fmt: skip
CATEGORIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Month", ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct")),
    ("Day", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")),
    ("Quarter", ("Q1", "Q2", "Q3", "Q4")),
    ("Team", ("Red", "Blue", "Gold", "Mint", "Gray", "Pink")),
    ("Season", ("Spring", "Summer", "Autumn", "Winter")),
    ("City", ("Amsterdam", "Barcelona", "Copenhagen", "Edinburgh", "Manchester", "Stockholm")),
    ("Department",
     ("Accounting", "Engineering", "Marketing", "Production", "Research", "Logistics")),
    ("Product", ("Headphones", "Keyboards", "Notebooks", "Smartphones", "Televisions", "Printers")),
    ("Crop", ("Blueberries", "Strawberries", "Cucumbers", "Mushrooms", "Pineapples", "Tomatoes")),
    ("Country", ("Argentina", "Australia", "Indonesia", "Netherlands", "Switzerland", "Portugal")),
)  # fmt: skip
SERIES_NAMES: tuple[tuple[str, ...], ...] = (
    ("North", "South", "East", "West"),
    ("Online", "Retail", "Export", "Direct"),
    ("Plan", "Actual", "Forecast"),
    ("Alpha", "Beta", "Gamma", "Delta"),
    ("Adults", "Children", "Seniors"),
    ("Basic", "Standard", "Premium"),
    ("Morning", "Evening", "Night"),
    ("Local", "National", "Foreign"),
)
BRIEFS = (
    'Draw a {kind} chart titled "{title}". X axis "{x_label}": {categories}. Y axis "{y_label}". '
    "Data: {series}.",
    'Make a {kind} chart of {series} over {categories}. Title "{title}", x label "{x_label}", '
    'y label "{y_label}".',
    'Plot a {kind} chart. Title: "{title}". Categories: {categories} as "{x_label}". Values as '
    '"{y_label}": {series}.',
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartTask:
    """What to draw.

    Attributes:
      seed, split: what ``make_task`` was called with.
      kind: "bar", "line" or "scatter".
      title, x_label, y_label: the texts.
      categories: 3 to 5 different names along x.
      series: 1 to 3 pairs (name, values), a value for each category; bars have at most two.
      phrasing: index into BRIEFS.
    """

    seed: int
    split: Split
    kind: str
    title: str
    x_label: str
    y_label: str
    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]
    phrasing: int

    @property
    def task_id(self) -> str:
        """Unique over seeds and splits."""
        return f"chart-{self.split}-{self.seed}"

    @property
    def highest(self) -> int:
        """The largest value of any series."""
        return max(max(values) for _, values in self.series)

    @property
    def asked(self) -> dict[str, Any]:
        """What the content axis checks, in the chart domain's schema (JSON-able)."""
        return {
            "kind": self.kind,
            "title": self.title,
            "x_label": self.x_label,
            "y_label": self.y_label,
            "categories": list(self.categories),
            "series": [{"name": name, "values": list(values)} for name, values in self.series],
        }

    @property
    def brief(self) -> str:
        """The instruction in words; lists are spelled as the programs spell them."""
        series = "; ".join(f'"{name}" {spell_values(values)}' for name, values in self.series)
        return BRIEFS[self.phrasing].format(
            kind=self.kind,
            title=self.title,
            x_label=self.x_label,
            y_label=self.y_label,
            categories=spell_names(self.categories),
            series=series,
        )

    def as_task(self) -> Task:
        """The record that the training loop and the render pool take."""
        return Task(task_id=self.task_id, domain="chart", brief=self.brief, asked=self.asked)


def spell_values(values: tuple[int, ...]) -> str:
    """``20,35,50``."""
    return ",".join(str(value) for value in values)


def spell_names(names: tuple[str, ...]) -> str:
    """``"Jan","Feb","Mar"``."""
    return ",".join(f'"{name}"' for name in names)


def combination(categories: tuple[str, ...], names: tuple[str, ...]) -> str:
    """The text whose checksum decides the split of categories together with series names."""
    return "|".join((*categories, "with", *names))


def make_task(seed: int, split: Split) -> ChartTask:
    """A task, the same for the same arguments.

    Args:
      seed: any non-negative integer.
      split: "train" or "heldout".

    Raises:
      ValueError: for another split or a negative seed.
    """
    rng = task_rng(seed, split, 0xC4A7)
    kind = KINDS[rng.integers(len(KINDS))]
    num_series = int(rng.choice((1, 2), p=(0.3, 0.7)))
    if kind != "bar":
        num_series = int(rng.choice((1, 2, 3), p=(0.15, 0.6, 0.25)))
    # Short programs: a mini model has a few hundred tokens for prompt, feedback and program.
    is_long = num_series == 3 or (kind == "bar" and num_series == 2)
    x_label, categories, names = _draw_until(rng, split, num_series, 4 if is_long else 5)
    title, y_label = _title(rng, split, x_label)
    values = tuple(_values(rng, split, len(categories)) for _ in names)
    return ChartTask(
        seed=seed,
        split=split,
        kind=kind,
        title=title,
        x_label=x_label,
        y_label=y_label,
        categories=categories,
        series=tuple(zip(names, values, strict=True)),
        phrasing=int(rng.integers(len(BRIEFS))),
    )


def _draw_until(
    rng: np.random.Generator, split: Split, num_series: int, most: int
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    while True:
        x_label, pool = CATEGORIES[rng.integers(len(CATEGORIES))]
        count = int(rng.integers(3, min(most, len(pool)) + 1))
        if rng.random() < 0.5:  # a run, as in calendars
            start = int(rng.integers(len(pool) - count + 1))
            categories = pool[start : start + count]
        else:
            categories = tuple(pool[i] for i in rng.permutation(len(pool))[:count])
        group = SERIES_NAMES[rng.integers(len(SERIES_NAMES))]
        names = tuple(group[i] for i in rng.permutation(len(group))[:num_series])
        if split_of(combination(categories, names)) == split:
            return x_label, categories, names


def _title(rng: np.random.Generator, split: Split, x_label: str) -> tuple[str, str]:
    while True:
        subject = SUBJECTS[rng.integers(len(SUBJECTS))]
        measure, unit = MEASURES[rng.integers(len(MEASURES))]
        tail = TAILS[rng.integers(len(TAILS))].format(x=x_label)
        title = f"{subject} {measure} {tail}".strip()
        if split_of(title) == split:
            return title, unit


def _rising(t: np.ndarray, low: float, high: float) -> np.ndarray:
    return low + (high - low) * t


def _falling(t: np.ndarray, low: float, high: float) -> np.ndarray:
    return high - (high - low) * t


def _flat(t: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.full_like(t, low if low > 95 - high else high)


def _peak(t: np.ndarray, low: float, high: float) -> np.ndarray:
    return high - (high - low) * np.abs(2 * t - 1)


def _valley(t: np.ndarray, low: float, high: float) -> np.ndarray:
    return low + (high - low) * np.abs(2 * t - 1)


TRENDS: tuple[Callable[[np.ndarray, float, float], np.ndarray], ...] = (
    _rising,
    _falling,
    _flat,
    _peak,
    _valley,
)


def _values(rng: np.random.Generator, split: Split, count: int) -> tuple[int, ...]:
    """A trend with noise on the grid: trends leave corners free for a legend, noise does not."""
    while True:
        low, high = sorted(rng.uniform(5, VALUE_MAX, 2))
        trend = TRENDS[rng.integers(len(TRENDS))]
        raw = trend(np.linspace(0, 1, count), low, high) + rng.normal(0, 6, count)
        grid = np.clip(np.round(raw / VALUE_STEP) * VALUE_STEP, VALUE_STEP, VALUE_MAX)
        values = tuple(int(value) for value in grid)
        if split_of(spell_values(values)) == split:
            return values
