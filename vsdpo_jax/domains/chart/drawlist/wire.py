"""Checked encoding of records as JSON values and raw arrays; the parts codec.py is built of.

A codec turns one value into JSON (arrays go to the writer's side table, in order) and back. Reading
checks type, range and length of every value and raises WireError with the path of the offender.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_SHOWN = reprlib.Repr()
_SHOWN.maxlevel, _SHOWN.maxstring, _SHOWN.maxlong = 2, 60, 40


class WireError(ValueError):
    """A value that does not belong where it stands; the message names place and reason."""


def shown(value: Any) -> str:
    """The beginning of a value; cheap and flat however large or nested it is."""
    return _SHOWN.repr(value)[:60]


@dataclass(slots=True)
class Writer:
    """Collects the arrays of a message."""

    arrays: list[np.ndarray] = field(default_factory=list)


@dataclass(slots=True)
class Reader:
    """Hands out the arrays of a message in order; ``sizes`` holds the lengths of index tables."""

    arrays: Sequence[np.ndarray]
    sizes: dict[str, int] = field(default_factory=dict)
    used: int = 0

    def next(self) -> np.ndarray:
        if self.used >= len(self.arrays):
            raise WireError("an array is missing")
        self.used += 1
        return self.arrays[self.used - 1]


Encode = Callable[[Any, Writer], Any]
Decode = Callable[[Any, Reader], Any]


@dataclass(frozen=True, slots=True)
class Codec:
    """How one kind of value is written and read."""

    encode: Encode
    decode: Decode


def number(low: float, high: float) -> Codec:
    """A float in [low, high], both finite: whole numbers of JSON may be larger than any float."""

    def decode(value: Any, reader: Reader) -> float:
        if type(value) not in (float, int) or not low <= value <= high:
            raise WireError(f"{shown(value)} is not a number from {low} to {high}")
        return float(value)

    return Codec(lambda value, writer: float(value), decode)


def integer(low: int, high: int) -> Codec:
    """An int in [low, high]."""

    def decode(value: Any, reader: Reader) -> int:
        if type(value) is not int or not low <= value <= high:
            raise WireError(f"{shown(value)} is not a whole number from {low} to {high}")
        return value

    return Codec(lambda value, writer: int(value), decode)


def index(table: str) -> Codec:
    """An index into a table of the message."""

    def decode(value: Any, reader: Reader) -> int:
        if type(value) is not int or not 0 <= value < reader.sizes[table]:
            raise WireError(f"{shown(value)} is no index into {reader.sizes[table]} {table}")
        return value

    return Codec(lambda value, writer: int(value), decode)


def flag() -> Codec:
    """A bool."""

    def decode(value: Any, reader: Reader) -> bool:
        if type(value) is not bool:
            raise WireError(f"{shown(value)} is not true or false")
        return value

    return Codec(lambda value, writer: bool(value), decode)


def text(longest: int) -> Codec:
    """A str of at most ``longest`` characters without lone surrogates."""

    def decode(value: Any, reader: Reader) -> str:
        if type(value) is not str or len(value) > longest:
            raise WireError(f"{shown(value)} is not a text of at most {longest} characters")
        if not value.isascii() and any(0xD800 <= ord(char) <= 0xDFFF for char in value):
            raise WireError(f"{shown(value)} is not valid Unicode")
        return value

    return Codec(lambda value, writer: str(value), decode)


def choice(*options: str | None) -> Codec:
    """One of a few strings (or None)."""
    known = frozenset(options)

    def decode(value: Any, reader: Reader) -> str | None:
        if not (value is None or type(value) is str) or value not in known:
            raise WireError(f"{shown(value)} is none of {', '.join(map(str, options))}")
        return value

    return Codec(lambda value, writer: value, decode)


def either(first: Codec, is_first: Callable[[Any], bool], second: Codec) -> Codec:
    """``first`` where ``is_first`` says so of the JSON value, else ``second``."""

    def pick(value: Any) -> Codec:
        return first if is_first(value) else second

    return Codec(
        lambda value, writer: pick(value).encode(value, writer),
        lambda value, reader: pick(value).decode(value, reader),
    )


def optional(inner: Codec) -> Codec:
    """None or an inner value."""
    encode, decode = inner.encode, inner.decode
    return Codec(
        lambda value, writer: None if value is None else encode(value, writer),
        lambda value, reader: None if value is None else decode(value, reader),
    )


def sequence(inner: Codec, longest: int, shortest: int = 0) -> Codec:
    """A tuple of inner values."""
    encode, decode = inner.encode, inner.decode

    def read(value: Any, reader: Reader) -> tuple[Any, ...]:
        if type(value) is not list or not shortest <= len(value) <= longest:
            raise WireError(f"{shown(value)} is not a list of {shortest} to {longest} entries")
        result = []
        for position, entry in enumerate(value):
            try:
                result.append(decode(entry, reader))
            except WireError as error:
                raise WireError(f"[{position}] {error}") from None
        return tuple(result)

    return Codec(lambda value, writer: [encode(entry, writer) for entry in value], read)


def array(
    dtype: str,
    shape: tuple[int | None, ...],
    *,
    low: float | None = None,
    high: float | None = None,
    longest: int = 2**31,
    shortest: int = 0,
) -> Codec:
    """A raw array; ``None`` in the shape is any length, ``longest`` and ``shortest`` count numbers.
    With low and high, every value is checked (which rules out not-a-number)."""
    kind = np.dtype(dtype)

    def encode(value: Any, writer: Writer) -> int:
        writer.arrays.append(np.ascontiguousarray(value, kind))
        return 0

    def decode(value: Any, reader: Reader) -> np.ndarray:
        if type(value) is not int or value != 0:
            raise WireError(f"{shown(value)} where an array was expected")
        found = reader.next()
        fits = len(found.shape) == len(shape) and all(
            want is None or want == size for want, size in zip(shape, found.shape, strict=True)
        )
        if found.dtype != kind or not fits or not shortest <= found.size <= longest:
            raise WireError(
                f"array of {found.dtype} {found.shape} where {kind} "
                f"{tuple('any' if size is None else size for size in shape)} was expected"
            )
        if low is not None and not bool(np.all((found >= low) & (found <= high))):
            raise WireError(f"array with values outside {low} to {high}")
        return found

    return Codec(encode, decode)


def record(cls: type, codecs: dict[str, Codec]) -> Codec:
    """A dataclass as the list of its fields, in the order of ``codecs``."""
    names = tuple(codecs)
    parts = tuple(codecs.values())

    def encode(value: Any, writer: Writer) -> list[Any]:
        return [
            codec.encode(getattr(value, name), writer)
            for name, codec in zip(names, parts, strict=True)
        ]

    def decode(value: Any, reader: Reader) -> Any:
        if type(value) is not list or len(value) != len(names):
            raise WireError(f"{shown(value)} is not a {cls.__name__} of {len(names)} fields")
        found = {}
        for name, codec, entry in zip(names, parts, value, strict=True):
            try:
                found[name] = codec.decode(entry, reader)
            except WireError as error:
                raise WireError(f".{name} {error}") from None
        return cls(**found)

    return Codec(encode, decode)


def tagged(variants: dict[type, tuple[str, Codec]]) -> Codec:
    """One of several record types, preceded by its tag."""
    by_tag = {tag: codec.decode for tag, codec in variants.values()}
    by_type = {cls: (tag, codec.encode) for cls, (tag, codec) in variants.items()}

    def encode(value: Any, writer: Writer) -> list[Any]:
        tag, inner = by_type[type(value)]
        return [tag, inner(value, writer)]

    def decode(value: Any, reader: Reader) -> Any:
        if type(value) is not list or len(value) != 2 or type(value[0]) is not str:
            raise WireError(f"{shown(value)} is not a tagged record")
        inner = by_tag.get(value[0])
        if inner is None:
            raise WireError(f"unknown kind {shown(value[0])}")
        return inner(value[1], reader)

    return Codec(encode, decode)
