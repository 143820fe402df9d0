"""Rows of a corpus, read by number: parquet files, JSON, files that belong together.

A table is opened from its index alone (footers, offsets, names); rows are read when they are asked
for, so that no corpus is ever in memory.
"""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import importlib
import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

import numpy as np

from vsdpo_jax.data.errors import BadRow, CorpusError
from vsdpo_jax.data.files import Files, check_not_pointer

Row = Mapping[str, Any]
EXTRA = 'pip install "vsdpo_jax[corpora]"'
MAX_ENTRY = 64 * 2**20  # characters of one JSON entry
_CHUNK = 2**20
_BEFORE, _BETWEEN = re.compile(r"[ \t\r\n]*\[?"), re.compile(r"[ \t\r\n,]*")
_MAX_CACHED = 512 * 2**20  # bytes of row groups
_TRIES, _WAIT_S = 4, 2.0  # of a read over the network


class Table(Protocol):
    """Rows by number.

    Attributes:
      unit_sizes_U: int64, rows of each unit, in order; a unit is read in one go.
      fingerprint: a text that changes with the files.
    """

    unit_sizes_U: np.ndarray
    fingerprint: str

    def read(self, row: int) -> Row:
        """The values of a row. Raises BadRow where it is damaged."""
        ...


class ParquetTable:
    """Parquet files, one after another; a row group is a unit.

    Args:
      files: path or address of each.
      columns: name -> whether a type of Arrow is the right one, and what that would be in words.
      opener: opens an address; None: files are paths.

    Raises:
      CorpusError: a file that is no parquet, a column that is missing or of another type, no rows,
        no pyarrow.
    """

    def __init__(
        self,
        files: Sequence[str],
        columns: Mapping[str, str],
        opener: Callable[[str], Any] | None = None,
    ) -> None:
        self._parquet = _pyarrow()
        self._files, self._columns = list(files), dict(columns)
        self._opener = opener
        with ThreadPoolExecutor(16 if opener else 2) as threads:
            footers = list(threads.map(self._footer, self._files))
        self._groups = [
            (number, group) for number, sizes in enumerate(footers) for group in range(len(sizes))
        ]
        rows = [num_rows for sizes in footers for num_rows, _ in sizes]
        self.unit_sizes_U = np.array(rows, np.int64)
        if not self.unit_sizes_U.sum():
            raise CorpusError(f"{self._files[0]}: {len(self._files)} parquet files without a row")
        self._ends = np.cumsum(self.unit_sizes_U)
        described = "\n".join(
            f"{PurePosixPath(name).name} {sizes}"
            for name, sizes in zip(self._files, footers, strict=True)
        )
        self.fingerprint = hashlib.sha256(described.encode()).hexdigest()[:16]
        self._cache: OrderedDict[int, Any] = OrderedDict()

    def read(self, row: int) -> Row:
        unit = int(np.searchsorted(self._ends, row, side="right"))
        group = self._group(unit)
        place = row - int(self._ends[unit] - self.unit_sizes_U[unit])
        return group.slice(place, 1).to_pylist()[0]

    def _group(self, unit: int) -> Any:
        if unit not in self._cache:
            number, group = self._groups[unit]
            self._cache[unit] = self._fetch(self._files[number], group)
        self._cache.move_to_end(unit)
        while len(self._cache) > 1 and sum(t.nbytes for t in self._cache.values()) > _MAX_CACHED:
            self._cache.popitem(last=False)
        return self._cache[unit]

    def _fetch(self, name: str, group: int) -> Any:
        """A row group. A damaged file has bad rows; a network that fails has none: hosts that draw
        alike would not any more, so that the run ends and goes on later."""
        for attempt in range(_TRIES):
            try:
                with self._open(name) as file:
                    return file.read_row_group(group, columns=list(self._columns))
            except Exception as error:  # of the network many kinds
                if self._opener is None and isinstance(error, OSError | ValueError):
                    detail = f"{name}, group {group}: {error}"
                    raise BadRow("rows cannot be read", detail) from None
                if self._opener is None:
                    raise
                if attempt == _TRIES - 1:
                    raise CorpusError(
                        f"{name}: row group {group} cannot be read ({error}), tried {_TRIES} "
                        "times; the same command goes on"
                    ) from error
            time.sleep(_WAIT_S * 2**attempt)

    @contextlib.contextmanager
    def _open(self, name: str) -> Iterator[Any]:
        if self._opener is None:
            with self._parquet.ParquetFile(name) as file:
                yield file
            return
        with self._opener(name) as source, self._parquet.ParquetFile(source) as file:
            yield file

    def _footer(self, name: str) -> list[tuple[int, int]]:
        """(rows, bytes) of each group of a file."""
        if self._opener is None:
            check_not_pointer(Path(name))
        try:
            with self._open(name) as file:
                meta, schema = file.metadata, file.schema_arrow
                groups = [meta.row_group(group) for group in range(meta.num_row_groups)]
                sizes = [(group.num_rows, group.total_byte_size) for group in groups]
        except (OSError, ValueError) as error:
            raise CorpusError(f"{name}: no whole parquet file ({error}); get it again") from None
        for column, kind in self._columns.items():
            if column not in schema.names:
                raise CorpusError(
                    f"{name}: column {column!r} is missing; the file has "
                    f"{', '.join(schema.names) or 'none'}: is it another data set's?"
                )
            if not _is_kind(schema.field(column).type, kind):
                raise CorpusError(
                    f"{name}: column {column!r} is of type {schema.field(column).type}, and "
                    f"{kind} is needed"
                )
        return sizes


def _pyarrow() -> Any:
    """The optional library, imported where it is used."""
    try:
        return importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise CorpusError(f"parquet files need pyarrow: {EXTRA}") from None


def _is_kind(kind: Any, wanted: str) -> bool:
    types = importlib.import_module("pyarrow.types")
    if wanted == "picture":  # as the library "datasets" writes it, or bytes alone
        if types.is_struct(kind):
            return "bytes" in {kind.field(place).name for place in range(kind.num_fields)}
        return types.is_binary(kind) or types.is_large_binary(kind)
    if wanted == "number":
        return types.is_integer(kind)
    return types.is_string(kind) or types.is_large_string(kind)


def picture_bytes(value: Any) -> bytes:
    """The bytes of a cell of the kind "picture". Raises BadRow where there are none."""
    data = value.get("bytes") if isinstance(value, dict) else value
    if not data:
        raise BadRow("picture is missing", "its cell holds no bytes")
    return data


class JsonTable:
    """Objects of a JSON list or of JSON lines; opening finds where each one lies.

    Args:
      path: of the file.
      keys: that an object must have; those without are rows that cannot be used.
      extra: joins the values of every row.

    Raises:
      CorpusError: a file that is no list of objects and no lines of them, at which entry; nothing
        in it; no entry that has the keys.
    """

    def __init__(
        self, path: Path, keys: Sequence[str], extra: Mapping[str, Any] | None = None
    ) -> None:
        check_not_pointer(path)
        self._path, self._keys, self._extra = path, tuple(keys), dict(extra or {})
        spans, digest, first, is_known = [], hashlib.sha256(), None, False
        try:
            for start, end, value in _entries(path):
                spans.append((start, end))
                digest.update(f"{start}-{end} ".encode())
                first = first or value
                is_known |= isinstance(value, dict) and not set(self._keys) - value.keys()
        except UnicodeDecodeError as error:
            raise CorpusError(f"{path}: no UTF-8 text ({error.reason}); get it again") from None
        if not spans:
            raise CorpusError(f"{path}: holds no entry")
        if not is_known:
            have = ", ".join(first) if isinstance(first, dict) else type(first).__name__
            raise CorpusError(
                f"{path}: no entry has the keys {', '.join(self._keys)}; the first one has: {have}"
            )
        self._spans = np.array(spans, np.int64)
        self.unit_sizes_U = np.ones(len(spans), np.int64)
        self.fingerprint = digest.hexdigest()[:16]

    def read(self, row: int) -> Row:
        start, end = map(int, self._spans[row])
        with self._path.open("rb") as file:
            file.seek(start)
            data = file.read(end - start)
        try:
            value = json.loads(data)
        except ValueError as error:
            raise BadRow("no JSON", str(error)) from None
        if not isinstance(value, dict):
            raise BadRow("no object", type(value).__name__)
        missing = [key for key in self._keys if value.get(key) is None]
        if missing:
            raise BadRow("a field is missing", ", ".join(missing))
        return value | self._extra


def _entries(path: Path) -> Iterator[tuple[int, int, Any]]:
    """(first byte, byte after the last, value) of each entry."""
    with path.open("rb") as file:
        head = file.read(4096).lstrip(b"\xef\xbb\xbf").lstrip()
    yield from _listed(path) if head[:1] == b"[" else _lines(path)


def _lines(path: Path) -> Iterator[tuple[int, int, Any]]:
    """Lines, blank ones left out; a line that is no JSON is a row that cannot be used."""
    place = 0
    with path.open("rb") as file:
        for line in file:
            if line.strip():
                try:
                    value = json.loads(line)
                except ValueError:
                    value = None
                yield place, place + len(line), value
            place += len(line)


def _listed(path: Path) -> Iterator[tuple[int, int, Any]]:
    """Entries of one list, decoded piece by piece: there is no end of a line to go by."""
    with path.open("rb") as file:
        text = _Text(file)
        text.skip(_BEFORE)
        number = 0
        while True:
            text.skip(_BETWEEN)
            if text.is_at("]"):
                return
            if text.is_at_end:
                raise CorpusError(f"{path}: ends within its list, after entry {number}")
            start = text.place
            try:
                value = text.decode()
            except ValueError as error:
                raise CorpusError(
                    f"{path}: entry {number + 1} is no whole JSON ({error}); get the file again"
                ) from None
            yield start, text.place, value
            number += 1


class _Text:
    """The text of a file, read on as it is used up; ``place`` counts bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._decoder = file, codecs.getincrementaldecoder("utf-8-sig")()
        self._json = json.JSONDecoder()
        self._text, self._at = "", 0
        self.place = len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0
        file.seek(0)
        self._read_on()

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._text) and not self._read_on()

    def is_at(self, letter: str) -> bool:
        return not self.is_at_end and self._text[self._at] == letter

    def skip(self, letters: re.Pattern[str]) -> None:
        """Go past ``letters``, which are of one byte each."""
        while not self.is_at_end:
            found = letters.match(self._text, self._at)
            end = found.end() if found else self._at
            self._go_to(end)
            if end < len(self._text):
                return

    def decode(self) -> Any:
        """The JSON value that stands here. Raises ValueError where there is none."""
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except ValueError:
                is_too_long = len(self._text) - self._at > MAX_ENTRY
                if is_too_long or not self._read_on():
                    raise
                continue
            self._go_to(end)
            return value

    def _go_to(self, end: int) -> None:
        self.place += len(self._text[self._at : end].encode())
        self._at = end

    def _read_on(self) -> bool:
        """Whether there was more; what is used up goes."""
        # As much again: an entry that is longer than what is there is tried a few times only.
        data = self._file.read(max(_CHUNK, len(self._text) - self._at))
        self._text, self._at = self._text[self._at :] + self._decoder.decode(data), 0
        return bool(data)


class PairTable:
    """Files of one name: a program and its picture.

    Args:
      files: where they are.
      code, picture: suffixes of the program and of the picture.

    Raises:
      CorpusError: there is no program.
    """

    def __init__(self, files: Files, code: str, picture: str) -> None:
        self._files, self._code, self._picture = files, code, picture
        names = set(files.names)
        self._stems = [name.removesuffix(code) for name in files.names if name.endswith(code)]
        if not self._stems:
            raise CorpusError(f"{files.place}: no file *{code} there: is it the corpus's folder?")
        self._has_picture = {stem for stem in self._stems if stem + picture in names}
        if not self._has_picture:
            raise CorpusError(
                f"{files.place}: {len(self._stems)} files *{code}, and no file *{picture} beside "
                "any: get the pictures, too"
            )
        self.unit_sizes_U = np.ones(len(self._stems), np.int64)
        self.fingerprint = hashlib.sha256(files.description.encode()).hexdigest()[:16]

    def read(self, row: int) -> Row:
        """``id``, ``code`` and ``picture``: the path of a file, or its bytes."""
        stem = self._stems[row]
        if stem not in self._has_picture:
            raise BadRow("picture is missing", stem + self._picture)
        try:
            code = self._files.read(stem + self._code).decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadRow("program is no UTF-8", f"{stem}{self._code}: {error.reason}") from None
        path = self._files.path(stem + self._picture)
        picture = self._files.read(stem + self._picture) if path is None else path
        return {"id": PurePosixPath(stem).name, "code": code, "picture": picture}
