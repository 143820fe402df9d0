"""Predictions as people have them: JSONL, and the files that VLMEvalKit writes: xlsx, tsv, json,
and pkl of runs that were not finished.

Every row is checked before anything is run; a message names the file, the line or row, the field
and what to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsdpo_jax.benchmarks.base import Benchmark
from vsdpo_jax.benchmarks.pickled import Unreadable, read_answers

ANSWER_FIELDS = ("prediction",)
MOST_LINE_BYTES = 64 << 20
"""A page of 300 kB with its reference takes one; a longer line is a picture, or no JSONL."""
EXCEL_CHARACTERS = 32_767
"""A cell holds no more: what was longer was cut when the file was written."""
NO_ANSWER = "Failed to obtain answer"
"""How VLMEvalKit begins what it keeps of a request that failed: no answer of a model."""
SUFFIXES = (".jsonl", ".json", ".tsv", ".xlsx", ".pkl")


class PredictionError(ValueError):
    """A file of predictions cannot be used."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One prediction.

    Attributes:
      number: its line or row in the file, from 1; 0: not in the file.
      name: the example's id.
      answer: what the model said; None: there is none.
      reference: a program or page; None where the benchmark has none.
    """

    number: int
    name: str
    answer: str | None
    reference: str | None


def read_predictions(
    path: Path, benchmark: Benchmark, references: Mapping[str, str | None] | None
) -> list[Row]:
    """The rows of a file, in its order, then the examples that it lacks.

    Args:
      path: of one of ``SUFFIXES``.
      benchmark: whose names of fields count.
      references: id -> reference of every example, None where the benchmark has none; None: they
        stand in the rows.

    Raises:
      PredictionError: see the module.
    """
    found: dict[str, Row] = {}
    for number, record in _records(path):
        row = _row(path, number, record, benchmark, references)
        if row.name in found:
            raise PredictionError(
                f"{path}:{number}: id {row.name!r} occurs twice, first at {found[row.name].number}"
            )
        found[row.name] = row
    if not found:
        raise PredictionError(f"{path}: holds no prediction; write one JSON object a line")
    rows = list(found.values())
    for name, reference in (references or {}).items():
        if name not in found:
            rows.append(Row(number=0, name=name, answer=None, reference=reference))
    return rows


def _row(
    path: Path,
    number: int,
    record: Mapping[str, Any],
    benchmark: Benchmark,
    references: Mapping[str, str | None] | None,
) -> Row:
    where = f"{path}:{number}"
    name = _text(where, record, benchmark.id_fields, "the example's id")
    answer = _text(where, record, ANSWER_FIELDS, "the model's answer", may_be_empty=True)
    if not benchmark.needs_reference:
        if references is not None and name not in references:
            raise _unknown(where, name, references)
        return Row(number=number, name=name, answer=answer, reference=None)
    inline = None
    if any(record.get(field) for field in benchmark.reference_fields):
        inline = _text(where, record, benchmark.reference_fields, "the reference")
    of_path = None if inline is None else benchmark.reference_name(inline)
    if references is None:
        if inline is None:
            fields = " or ".join(map(repr, benchmark.reference_fields))
            raise PredictionError(
                f"{where}: no reference: give the field {fields}, or the benchmark's folder with "
                f"--data"
            )
        if of_path is not None:
            raise PredictionError(
                f"{where}: the reference is the path {inline.strip()!r}: give the folder that "
                f"holds it with --data"
            )
        return Row(number=number, name=name, answer=answer, reference=inline)
    if name not in references and of_path is not None:
        name = of_path
    if name not in references:
        raise _unknown(where, name, references)
    return Row(number=number, name=name, answer=answer, reference=references[name])


def _unknown(where: str, name: str, known: Mapping[str, Any]) -> PredictionError:
    return PredictionError(
        f"{where}: id {name!r} is unknown: --data holds {len(known):,} examples, such as "
        f"{next(iter(known))!r}"
    )


def _text(
    where: str,
    record: Mapping[str, Any],
    names: tuple[str, ...],
    what: str,
    *,
    may_be_empty: bool = False,
) -> str:
    """The first of several fields that is there; numbers are ids, too."""
    given = next((name for name in names if name in record), None)
    if given is None:
        raise PredictionError(
            f"{where}: no field {' or '.join(map(repr, names))} ({what}); there are "
            f"{', '.join(map(repr, record)) or 'none'}"
        )
    value = record[given]
    if isinstance(value, int) and not isinstance(value, bool) and not may_be_empty:
        return str(value)
    if not isinstance(value, str):
        raise PredictionError(f"{where}: field {given!r} = {value!r:.80}: {what} must be a text")
    if not value.strip() and not may_be_empty:
        raise PredictionError(f"{where}: field {given!r} is empty: {what} is needed")
    return value


def _records(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    readers = {".jsonl": _jsonl, ".json": _json, ".tsv": _tsv, ".xlsx": _xlsx, ".pkl": _pkl}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise PredictionError(
            f"{path}: the suffix {path.suffix!r} is none of {', '.join(SUFFIXES)}; rename the file "
            f"after what it holds"
        )
    if not path.is_file():
        raise PredictionError(f"{path}: there is no such file")
    try:
        yield from reader(path)
    except OSError as error:
        raise PredictionError(f"{path}: cannot be read: {error}") from error


def _jsonl(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MOST_LINE_BYTES + 1):
            number += 1
            where = f"{path}:{number}"
            if len(line) > MOST_LINE_BYTES:
                raise PredictionError(
                    f"{where}: the line is longer than {MOST_LINE_BYTES >> 20} MiB: leave out "
                    f"pictures, and write one object a line"
                )
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise PredictionError(f"{where}: no JSON: {error}") from None
            yield number, _object(where, record)


def _json(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise PredictionError(f"{path}: no JSON: {error}") from None
    if isinstance(found, dict) and found and all(isinstance(v, dict) for v in found.values()):
        # pandas writes column -> row -> value.
        names = list(next(iter(found.values())))
        found = [{column: rows.get(n) for column, rows in found.items()} for n in names]
    if not isinstance(found, list):
        raise PredictionError(
            f"{path}: a list of objects is needed, this is {type(found).__name__}"
        )
    for number, record in enumerate(found, start=1):
        yield number, _object(f"{path}:{number}", record)


def _tsv(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    import pandas as pd

    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    except (ValueError, pd.errors.ParserError) as error:
        raise PredictionError(f"{path}: no table of tab-separated values: {error}") from None
    yield from _of_table(table)


def _xlsx(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    import pandas as pd

    try:
        table = pd.read_excel(path, dtype=str, keep_default_na=False, engine="openpyxl")
    except Exception as error:  # of a broken archive or sheet: whatever its parsers raise
        raise PredictionError(f"{path}: no Excel file: {error}") from None
    yield from _of_table(table)


def _pkl(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        found = read_answers(path)
    except Unreadable as error:
        raise PredictionError(f"{path}: {error}") from None
    for number, (index, answer) in enumerate(found.items(), start=1):
        yield number, {"index": index, "prediction": answer}


def _of_table(table: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, record in enumerate(table.to_dict("records"), start=2):  # below the heading
        yield number, {str(name): value for name, value in record.items()}


def _object(where: str, record: Any) -> Mapping[str, Any]:
    if not isinstance(record, dict):
        raise PredictionError(f"{where}: {type(record).__name__} instead of an object")
    return record


def doubts(path: Path, rows: list[Row]) -> list[str]:
    """What a reader of the score should know of the answers."""
    found = []
    unanswered = sum(NO_ANSWER in row.answer for row in rows if row.answer)
    if unanswered:
        found.append(
            f'{unanswered} answers are "{NO_ANSWER}...": VLMEvalKit got none from the model, and '
            f"they score 0"
        )
    if path.suffix.lower() == ".pkl":
        found.append("a .pkl is of a run that VLMEvalKit had not finished: answers may be missing")
    cut = sum(len(row.answer) >= EXCEL_CHARACTERS for row in rows if row.answer)
    if cut and path.suffix.lower() == ".xlsx":
        found.append(
            f"{cut} answers fill their Excel cell ({EXCEL_CHARACTERS:,} characters) and were "
            f"probably cut; have VLMEvalKit write tsv or json"
        )
    return found
