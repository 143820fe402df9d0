"""What a task asks a page to show: the schema of ``asked`` (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsdpo_jax.domains.asked import check_count, check_keys, check_table, check_text, items_of

LISTS = ("texts", "links", "buttons", "images")
ASKED_KEYS = ("heading", *LISTS, "tables", "fields")
FIELD_KINDS = (
    "text", "email", "password", "number", "date", "checkbox", "radio", "select", "textarea",
    "search", "tel", "url",
)  # fmt: skip


def validate_asked(asked: Any) -> None:
    """Check ``asked`` against the schema of docs/architecture.md.

    Raises:
      ValueError: naming the field, the value and what is expected.
    """
    check_keys(asked, ASKED_KEYS)
    if asked.get("heading") is not None:
        check_text("asked.heading", asked["heading"])
    for key in LISTS:
        for index, text in enumerate(items_of(f"asked.{key}", asked.get(key))):
            check_text(f"asked.{key}[{index}]", text)
    for index, table in enumerate(items_of("asked.tables", asked.get("tables"))):
        check_table(f"asked.tables[{index}]", table)
    for index, field in enumerate(items_of("asked.fields", asked.get("fields"))):
        _check_field(f"asked.fields[{index}]", field)
    check_count(count_asked(asked))


def count_asked(asked: Mapping[str, Any]) -> int:
    """How many things are asked for, a cell of a table one of them."""
    tables = asked.get("tables") or []
    cells = sum(len(t.get("columns") or []) + sum(map(len, t["rows"])) for t in tables)
    lists = sum(len(asked.get(key) or []) for key in (*LISTS, "fields"))
    return cells + lists + (asked.get("heading") is not None)


def _check_field(where: str, field: object) -> None:
    if not isinstance(field, Mapping) or not {"label"} <= set(field) <= {"label", "kind"}:
        raise ValueError(f"{where}: expected an object with label and kind, got {field!r}")
    check_text(f"{where}.label", field["label"])
    kind = field.get("kind", "text")
    if kind not in FIELD_KINDS:
        raise ValueError(f"{where}.kind: {kind!r} is not one of {', '.join(FIELD_KINDS)}")
