"""What a task asks a slide to show: the schema of ``asked`` (docs/architecture.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from vsdpo_jax.domains.words import normal

ASKED_KEYS = ("title", "subtitle", "bullets", "texts", "images", "tables", "charts")
CHART_KEYS = ("kind", "title", "categories", "series")
CHART_KINDS = ("column", "bar", "line", "pie")
MOST_ITEMS, MOST_LETTERS, MOST_IMAGES = 500, 5_000, 20
"""Of a task, of one of its texts, and of its pictures: what one slide can show."""


def validate_asked(asked: Any) -> None:
    """Check ``asked`` against the schema of docs/architecture.md.

    Raises:
      ValueError: naming the field, the value and what is expected.
    """
    if not isinstance(asked, Mapping):
        raise ValueError(f"asked: expected an object, got {type(asked).__name__}")
    for key in asked:
        if key not in ASKED_KEYS:
            raise ValueError(f"asked: unknown key {key!r}; use {', '.join(ASKED_KEYS)}")
    for key in ("title", "subtitle"):
        if asked.get(key) is not None:
            _check_text(f"asked.{key}", asked[key])
    for key in ("bullets", "texts"):
        for index, text in enumerate(_list(f"asked.{key}", asked.get(key))):
            _check_text(f"asked.{key}[{index}]", text)
    _check_images(asked.get("images"))
    for index, table in enumerate(_list("asked.tables", asked.get("tables"))):
        _check_table(f"asked.tables[{index}]", table)
    for index, chart in enumerate(_list("asked.charts", asked.get("charts"))):
        _check_chart(f"asked.charts[{index}]", chart)
    count = count_asked(asked)
    if count > MOST_ITEMS:
        raise ValueError(f"asked: {count} things are more than {MOST_ITEMS}; ask for fewer")


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


def _list(where: str, value: object) -> list | tuple:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise ValueError(f"{where}: expected a list, got {value!r}")
    return value


def _check_text(where: str, value: object, *, may_be_empty: bool = False) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{where}: expected a text, got {value!r}")
    if not may_be_empty and not normal(value):
        raise ValueError(f"{where}: {value!r} shows nothing; ask for a text or leave it out")
    if len(value) > MOST_LETTERS:
        raise ValueError(f"{where}: {len(value)} letters are more than {MOST_LETTERS}; cut it")


def _check_images(value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_IMAGES:
        raise ValueError(
            f"asked.images: expected how many pictures, 0 to {MOST_IMAGES}, got {value!r}"
        )


def _check_table(where: str, table: object) -> None:
    if not isinstance(table, Mapping) or not {"rows"} <= set(table) <= {"columns", "rows"}:
        raise ValueError(f"{where}: expected an object with columns and rows, got {table!r}")
    columns = _list(f"{where}.columns", table.get("columns"))
    rows = _list(f"{where}.rows", table["rows"])
    if not columns and not rows:
        raise ValueError(f"{where}: {table!r} has neither columns nor rows; give it some")
    for index, text in enumerate(columns):
        _check_text(f"{where}.columns[{index}]", text, may_be_empty=True)
    width = len(columns) or None
    for number, row in enumerate(rows):
        cells = _list(f"{where}.rows[{number}]", row)
        width = width or len(cells)
        if len(cells) != width or not cells:
            raise ValueError(f"{where}.rows[{number}]: {row!r} has not {width} cells; fill it up")
        for index, text in enumerate(cells):
            _check_text(f"{where}.rows[{number}][{index}]", text, may_be_empty=True)


def _check_chart(where: str, chart: object) -> None:
    if not isinstance(chart, Mapping) or not set(chart) <= set(CHART_KEYS):
        raise ValueError(f"{where}: expected an object of {', '.join(CHART_KEYS)}, got {chart!r}")
    if chart.get("kind") not in CHART_KINDS:
        raise ValueError(
            f"{where}.kind: {chart.get('kind')!r} is not one of {', '.join(CHART_KINDS)}"
        )
    if chart.get("title") is not None:
        _check_text(f"{where}.title", chart["title"])
    categories = _list(f"{where}.categories", chart.get("categories"))
    if not categories:
        raise ValueError(f"{where}.categories: {chart.get('categories')!r}; name at least one")
    for index, text in enumerate(categories):
        _check_text(f"{where}.categories[{index}]", text)
    names = [normal(text) for text in categories]
    if len(set(names)) < len(names):
        raise ValueError(f"{where}.categories: {categories!r} has one twice; name each once")
    series = _list(f"{where}.series", chart.get("series"))
    if not series:
        raise ValueError(f"{where}.series: {chart.get('series')!r}; give at least one")
    for index, row in enumerate(series):
        _check_series(f"{where}.series[{index}]", row, len(categories))


def _check_series(where: str, row: object, length: int) -> None:
    if not isinstance(row, Mapping) or not {"values"} <= set(row) <= {"name", "values"}:
        raise ValueError(f"{where}: expected an object with name and values, got {row!r}")
    if row.get("name") is not None:
        _check_text(f"{where}.name", row["name"], may_be_empty=True)
    values = _list(f"{where}.values", row["values"])
    if len(values) != length:
        raise ValueError(f"{where}.values: {len(values)} values for {length} categories")
    for index, value in enumerate(values):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value):
            raise ValueError(f"{where}.values[{index}]: expected a finite number, got {value!r}")
