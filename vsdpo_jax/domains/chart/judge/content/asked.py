"""What a task asks a chart to show: the schema of ``asked`` (docs/architecture.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

KINDS = ("bar", "line", "scatter")
TEXT_KEYS = ("title", "x_label", "y_label")
ASKED_KEYS = ("kind", *TEXT_KEYS, "categories", "series")


def validate_asked(asked: Mapping[str, Any]) -> None:
    """Check ``asked`` against the schema of docs/architecture.md.

    Raises:
      ValueError: naming the field, the value and what is expected.
    """
    if not isinstance(asked, Mapping):
        raise ValueError(f"asked: expected an object, got {type(asked).__name__}")
    for key in asked:
        if key not in ASKED_KEYS:
            raise ValueError(f"asked: unknown key {key!r}; use {', '.join(ASKED_KEYS)}")
    kind = asked.get("kind")
    if kind is not None and kind not in KINDS:
        raise ValueError(f"asked.kind: {kind!r} is not one of {', '.join(KINDS)}")
    for key in TEXT_KEYS:
        if asked.get(key) is not None and not isinstance(asked[key], str):
            raise ValueError(f"asked.{key}: expected a text, got {asked[key]!r}")
    categories = asked.get("categories") or []
    if not isinstance(categories, list | tuple) or not all(isinstance(c, str) for c in categories):
        raise ValueError(f"asked.categories: expected a list of texts, got {categories!r}")
    series = asked.get("series") or []
    if not isinstance(series, list | tuple):
        raise ValueError(f"asked.series: expected a list, got {series!r}")
    for index, row in enumerate(series):
        _validate_series(f"asked.series[{index}]", row)


def _validate_series(where: str, row: object) -> None:
    if not isinstance(row, Mapping) or set(row) != {"name", "values"}:
        raise ValueError(f"{where}: expected an object with name and values, got {row!r}")
    values = row["values"]
    if not isinstance(row["name"], str):
        raise ValueError(f"{where}.name: expected a text, got {row['name']!r}")
    if not isinstance(values, list | tuple) or not values:
        raise ValueError(f"{where}.values: expected a list of numbers, got {values!r}")
    for value in values:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value):
            raise ValueError(f"{where}.values: {value!r} is not a finite number")


def normal(text: str) -> str:
    """A text with its white space as people read it."""
    return " ".join(text.split())
