"""What a task asks a page to show: the schema of ``asked`` (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsdpo_jax.domains.words import normal

LISTS = ("texts", "links", "buttons", "images")
ASKED_KEYS = ("heading", *LISTS, "tables", "fields")
FIELD_KINDS = (
    "text", "email", "password", "number", "date", "checkbox", "radio", "select", "textarea",
    "search", "tel", "url",
)  # fmt: skip
MOST_ITEMS, MOST_LETTERS = 500, 5_000
"""Of a task, and of one of its texts: what a page can show and a person can read."""


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
    if asked.get("heading") is not None:
        _check_text("asked.heading", asked["heading"])
    for key in LISTS:
        for index, text in enumerate(_list(f"asked.{key}", asked.get(key))):
            _check_text(f"asked.{key}[{index}]", text)
    for index, table in enumerate(_list("asked.tables", asked.get("tables"))):
        _check_table(f"asked.tables[{index}]", table)
    for index, field in enumerate(_list("asked.fields", asked.get("fields"))):
        _check_field(f"asked.fields[{index}]", field)
    count = count_asked(asked)
    if count > MOST_ITEMS:
        raise ValueError(f"asked: {count} things are more than {MOST_ITEMS}; ask for fewer")


def count_asked(asked: Mapping[str, Any]) -> int:
    """How many things are asked for, a cell of a table one of them."""
    tables = asked.get("tables") or []
    cells = sum(len(t.get("columns") or []) + sum(map(len, t["rows"])) for t in tables)
    lists = sum(len(asked.get(key) or []) for key in (*LISTS, "fields"))
    return cells + lists + (asked.get("heading") is not None)


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


def _check_table(where: str, table: object) -> None:
    if not isinstance(table, Mapping) or not {"rows"} <= set(table) <= {"columns", "rows"}:
        raise ValueError(f"{where}: expected an object with columns and rows, got {table!r}")
    columns = _list(f"{where}.columns", table.get("columns"))
    rows = _list(f"{where}.rows", table["rows"])
    for index, text in enumerate(columns):
        _check_text(f"{where}.columns[{index}]", text, may_be_empty=True)
    if not columns and not rows:
        raise ValueError(f"{where}: {table!r} has neither columns nor rows; give it some")
    width = len(columns) or None
    for number, row in enumerate(rows):
        cells = _list(f"{where}.rows[{number}]", row)
        width = width or len(cells)
        if len(cells) != width or not cells:
            raise ValueError(f"{where}.rows[{number}]: {row!r} has not {width} cells; fill it up")
        for index, text in enumerate(cells):
            _check_text(f"{where}.rows[{number}][{index}]", text, may_be_empty=True)


def _check_field(where: str, field: object) -> None:
    if not isinstance(field, Mapping) or not {"label"} <= set(field) <= {"label", "kind"}:
        raise ValueError(f"{where}: expected an object with label and kind, got {field!r}")
    _check_text(f"{where}.label", field["label"])
    kind = field.get("kind", "text")
    if kind not in FIELD_KINDS:
        raise ValueError(f"{where}.kind: {kind!r} is not one of {', '.join(FIELD_KINDS)}")
