"""Checks of what a task asks for, shared by the schemas of domains that show texts and tables.

Every error names the field, the value and what is expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsdpo_jax.domains.words import normal

MOST_ITEMS, MOST_LETTERS = 500, 5_000
"""Of a task, and of one of its texts: what a picture can show and a person can read."""


def check_keys(asked: Any, keys: tuple[str, ...]) -> None:
    """An object of known keys.

    Raises:
      ValueError: it is none, or has others.
    """
    if not isinstance(asked, Mapping):
        raise ValueError(f"asked: expected an object, got {type(asked).__name__}")
    for key in asked:
        if key not in keys:
            raise ValueError(f"asked: unknown key {key!r}; use {', '.join(keys)}")


def check_count(count: int) -> None:
    """Not more than anybody would ask for.

    Raises:
      ValueError: more than MOST_ITEMS.
    """
    if count > MOST_ITEMS:
        raise ValueError(f"asked: {count} things are more than {MOST_ITEMS}; ask for fewer")


def items_of(where: str, value: object) -> list | tuple:
    """The members of a list; none of None.

    Raises:
      ValueError: it is no list.
    """
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise ValueError(f"{where}: expected a list, got {value!r}")
    return value


def check_text(where: str, value: object, *, may_be_empty: bool = False) -> None:
    """A text that a picture can show.

    Raises:
      ValueError: it is none, shows nothing, or is longer than MOST_LETTERS.
    """
    if not isinstance(value, str):
        raise ValueError(f"{where}: expected a text, got {value!r}")
    if not may_be_empty and not normal(value):
        raise ValueError(f"{where}: {value!r} shows nothing; ask for a text or leave it out")
    if len(value) > MOST_LETTERS:
        raise ValueError(f"{where}: {len(value)} letters are more than {MOST_LETTERS}; cut it")


def check_table(where: str, table: object) -> None:
    """An object of "rows" and perhaps "columns", all of one width.

    Raises:
      ValueError: it is none.
    """
    if not isinstance(table, Mapping) or not {"rows"} <= set(table) <= {"columns", "rows"}:
        raise ValueError(f"{where}: expected an object with columns and rows, got {table!r}")
    columns = items_of(f"{where}.columns", table.get("columns"))
    rows = items_of(f"{where}.rows", table["rows"])
    for index, text in enumerate(columns):
        check_text(f"{where}.columns[{index}]", text, may_be_empty=True)
    if not columns and not rows:
        raise ValueError(f"{where}: {table!r} has neither columns nor rows; give it some")
    width = len(columns) or None
    for number, row in enumerate(rows):
        cells = items_of(f"{where}.rows[{number}]", row)
        width = width or len(cells)
        if len(cells) != width or not cells:
            raise ValueError(f"{where}.rows[{number}]: {row!r} has not {width} cells; fill it up")
        for index, text in enumerate(cells):
            check_text(f"{where}.rows[{number}][{index}]", text, may_be_empty=True)
