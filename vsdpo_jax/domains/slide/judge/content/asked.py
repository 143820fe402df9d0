"""What a task asks a slide to show: the schema of ``asked`` (docs/architecture.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from vsdpo_jax.domains.asked import check_count, check_keys, check_table, check_text, items_of
from vsdpo_jax.domains.words import normal

ASKED_KEYS = ("title", "subtitle", "bullets", "texts", "images", "tables", "charts")
CHART_KEYS = ("kind", "title", "categories", "series")
CHART_KINDS = ("column", "bar", "line", "pie")
MOST_IMAGES = 20
"""What one slide can show."""


def validate_asked(asked: Any) -> None:
    """Check ``asked`` against the schema of docs/architecture.md.

    Raises:
      ValueError: naming the field, the value and what is expected.
    """
    check_keys(asked, ASKED_KEYS)
    for key in ("title", "subtitle"):
        if asked.get(key) is not None:
            check_text(f"asked.{key}", asked[key])
    for key in ("bullets", "texts"):
        for index, text in enumerate(items_of(f"asked.{key}", asked.get(key))):
            check_text(f"asked.{key}[{index}]", text)
    _check_images(asked.get("images"))
    for index, table in enumerate(items_of("asked.tables", asked.get("tables"))):
        check_table(f"asked.tables[{index}]", table)
    for index, chart in enumerate(items_of("asked.charts", asked.get("charts"))):
        _check_chart(f"asked.charts[{index}]", chart)
    check_count(count_asked(asked))


def count_asked(asked: Mapping[str, Any]) -> int:
    """How many things are asked for, a cell of a table and a value of a chart one of them."""
    count = sum(asked.get(key) is not None for key in ("title", "subtitle"))
    count += sum(len(asked.get(key) or ()) for key in ("bullets", "texts"))
    count += asked.get("images") or 0
    for table in asked.get("tables") or ():
        count += len(table.get("columns") or ()) + sum(map(len, table["rows"]))
    for chart in asked.get("charts") or ():
        count += len(chart["categories"]) * (1 + len(chart["series"]))
    return count


def _check_images(value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_IMAGES:
        raise ValueError(
            f"asked.images: expected how many pictures, 0 to {MOST_IMAGES}, got {value!r}"
        )


def _check_chart(where: str, chart: object) -> None:
    if not isinstance(chart, Mapping) or not set(chart) <= set(CHART_KEYS):
        raise ValueError(f"{where}: expected an object of {', '.join(CHART_KEYS)}, got {chart!r}")
    if chart.get("kind") not in CHART_KINDS:
        raise ValueError(
            f"{where}.kind: {chart.get('kind')!r} is not one of {', '.join(CHART_KINDS)}"
        )
    if chart.get("title") is not None:
        check_text(f"{where}.title", chart["title"])
    categories = items_of(f"{where}.categories", chart.get("categories"))
    if not categories:
        raise ValueError(f"{where}.categories: {chart.get('categories')!r}; name at least one")
    for index, text in enumerate(categories):
        check_text(f"{where}.categories[{index}]", text)
    names = [normal(text) for text in categories]
    if len(set(names)) < len(names):
        raise ValueError(f"{where}.categories: {categories!r} has one twice; name each once")
    series = items_of(f"{where}.series", chart.get("series"))
    if not series:
        raise ValueError(f"{where}.series: {chart.get('series')!r}; give at least one")
    for index, row in enumerate(series):
        _check_series(f"{where}.series[{index}]", row, len(categories))


def _check_series(where: str, row: object, length: int) -> None:
    if not isinstance(row, Mapping) or not {"values"} <= set(row) <= {"name", "values"}:
        raise ValueError(f"{where}: expected an object with name and values, got {row!r}")
    if row.get("name") is not None:
        check_text(f"{where}.name", row["name"], may_be_empty=True)
    values = items_of(f"{where}.values", row["values"])
    if len(values) != length:
        raise ValueError(f"{where}.values: {len(values)} values for {length} categories")
    for index, value in enumerate(values):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value):
            raise ValueError(f"{where}.values[{index}]: expected a finite number, got {value!r}")
