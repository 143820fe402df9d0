"""What the probes saw of one program: checked data from an untrusted process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_ITEMS = 20_000
"""Of texts, axes, or colours: programs draw some hundred. A colour is compared with all others."""


class InvalidTrace(ValueError):
    """The payload is no trace."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What one program drew, in the official evaluator's terms.

    Attributes:
      texts: lines in drawing order, with whether a person can see them.
      layout: rows, columns, first and last row, first and last column of each axes in a grid.
      types: plotting function -> outermost calls.
      colors: group and "#RRGGBB" or name of a colour map, each once.
      all_types, all_colors: the same with what the official probes miss.
      versions: library -> version in the program's process.
    """

    texts: tuple[tuple[str, bool], ...] = ()
    layout: tuple[tuple[int, ...], ...] = ()
    types: Mapping[str, int]
    colors: tuple[tuple[str, str], ...] = ()
    all_types: Mapping[str, int]
    all_colors: tuple[tuple[str, str], ...] = ()
    versions: Mapping[str, str]


EMPTY = Trace(types={}, all_types={}, versions={})


def decode(payload: bytes) -> Trace:
    """Check and read a payload.

    Raises:
      InvalidTrace: it is none.
    """
    try:
        return from_json(json.loads(payload))
    except (ValueError, RecursionError) as error:
        raise InvalidTrace(f"no trace: {error}") from error


def to_json(trace: Trace) -> dict[str, Any]:
    """A JSON-able dict, which ``from_json`` reads."""
    return {
        "texts": [list(text) for text in trace.texts],
        "layout": [list(row) for row in trace.layout],
        "types": dict(trace.types),
        "all_types": dict(trace.all_types),
        "colors": [list(color) for color in trace.colors],
        "all_colors": [list(color) for color in trace.all_colors],
        "versions": dict(trace.versions),
    }


def from_json(raw: Any) -> Trace:
    """The trace of a parsed payload.

    Raises:
      InvalidTrace: it is none.
    """
    fields = ("texts", "layout", "types", "colors", "all_types", "all_colors", "versions")
    if not isinstance(raw, dict) or set(raw) != set(fields):
        raise InvalidTrace("other fields than a trace has")
    return Trace(
        texts=tuple((s, seen) for s, seen in _rows(raw["texts"], (str, bool))),
        layout=tuple(_rows(raw["layout"], (int,) * 6)),
        types=_mapping(raw["types"], int),
        all_types=_mapping(raw["all_types"], int),
        colors=tuple((g, c) for g, c in _rows(raw["colors"], (str, str))),
        all_colors=tuple((g, c) for g, c in _rows(raw["all_colors"], (str, str))),
        versions=_mapping(raw["versions"], str),
    )


def _rows(raw: Any, kinds: tuple[type, ...]) -> list[tuple[Any, ...]]:
    if not isinstance(raw, list) or len(raw) > MOST_ITEMS:
        raise InvalidTrace(f"no list of at most {MOST_ITEMS} rows")
    for row in raw:
        fits = isinstance(row, list) and [type(value) for value in row] == list(kinds)
        if not fits:
            raise InvalidTrace(f"a row of other kinds: {row!s:.80}")
    return [tuple(row) for row in raw]


def _mapping(raw: Any, kind: type) -> dict[str, Any]:
    if not isinstance(raw, dict) or len(raw) > MOST_ITEMS:
        raise InvalidTrace("no mapping")
    for name, value in raw.items():
        if type(value) is not kind or (kind is int and value < 1):
            raise InvalidTrace(f"{name:.80}: no {kind.__name__}")
    return raw
