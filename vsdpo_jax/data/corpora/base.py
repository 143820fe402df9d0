"""What a corpus is: where its rows are, and how a row becomes a task."""

from __future__ import annotations

import ast
import importlib
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vsdpo_jax.data.errors import BadRow, CorpusError
from vsdpo_jax.data.files import Archive
from vsdpo_jax.data.pictures import Spool, check_picture
from vsdpo_jax.data.tables import EXTRA, ParquetTable, Row, Table
from vsdpo_jax.records import Task

HUB = "hub"
"""In place of a folder: rows are read from the Hugging Face hub, group by group."""
MAX_PROGRAM = 2**20  # characters


@dataclass(frozen=True, kw_only=True, slots=True)
class Hub:
    """Where the hub has the parquet files of a part."""

    repo: str
    config: str | None = None
    split: str = "train"


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What a row says.

    Attributes:
      row_id: what the corpus calls it, unique in its part.
      brief: the instruction as the student reads it.
      reference: the program that drew the picture; None: there is none to compare with.
      picture: the path of a file, or its bytes; None: the brief has none.
      notes: what is lacking though the row is a task, in words that are the same for all such rows.
    """

    row_id: str
    brief: str
    reference: str | None = None
    picture: Path | bytes | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Corpus:
    """A corpus of tasks for one kind of program.

    Attributes:
      name: in settings; also its folder.
      parts: of which one is opened; the first where none is named.
      language: of its programs, as ``credit.Language.name`` has it.
      find: ``find(folder, part)``: the table of a part in a folder. Raises CorpusError.
      draft: ``draft(row number, row)``. Raises BadRow.
      columns: of its parquet files, name -> "picture", "text" or "number".
      hub: part -> where the hub has it; parts that it has not as parquet files are absent.
      archives: that it comes as, to be unpacked in its folder.
      caution: part -> what to know before training on it.
      is_disjoint: no row of one part is in another, so that one may hold out what another trains.
      scored_form: a program as a benchmark's scorer takes a reference.
      get: where to get it, for messages.
    """

    name: str
    parts: tuple[str, ...]
    language: str
    find: Callable[[Path, str], Table]
    draft: Callable[[int, Row], Draft]
    columns: Mapping[str, str] = field(default_factory=dict)
    hub: Mapping[str, Hub] = field(default_factory=dict)
    archives: tuple[Archive, ...] = ()
    caution: Mapping[str, str] = field(default_factory=dict)
    is_disjoint: bool = False
    scored_form: Callable[[str], str] = lambda program: program
    get: str = ""


class Reader:
    """An opened part of a corpus: its rows as tasks, by number.

    Attributes:
      corpus, part: which.
      table: its rows.
      notes: what was lacking in the tasks that were read -> of how many.
    """

    def __init__(self, corpus: Corpus, part: str, root: str, domain: str) -> None:
        """Open a part.

        Args:
          corpus, part: which.
          root: the folder with the folders of corpora, or HUB.
          domain: of the tasks.

        Raises:
          CorpusError: it is not there, or not what it should be.
        """
        self.corpus, self.part = corpus, part
        self._domain = domain
        self.table = _from_hub(corpus, part) if root == HUB else _from_folder(corpus, part, root)
        self.notes: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """Of the part, as settings give it."""
        return f"{self.corpus.name}:{self.part}"

    @property
    def num_rows(self) -> int:
        return int(self.table.unit_sizes_U.sum())

    def task(self, row: int, spool: Spool) -> Task:
        """The task of a row.

        Args:
          row: its number, from 0.
          spool: keeps the picture where it is no file.

        Raises:
          BadRow: it is no task.
        """
        draft = self.corpus.draft(row, self.table.read(row))
        if not draft.brief.strip():
            raise BadRow("brief is empty")
        if draft.reference is not None:
            _check_program(draft.reference, self.corpus.language)
        images = ()
        if draft.picture is not None:
            check_picture(draft.picture)
            picture = draft.picture
            if isinstance(picture, bytes):
                picture = spool.put(f"{self.corpus.name}-{self.part}-{row}", picture)
            images = (str(picture),)
        self.notes.update(draft.notes)
        return Task(
            task_id=f"{self.name}/{draft.row_id}", domain=self._domain, brief=draft.brief,
            reference=draft.reference, images=images,
        )  # fmt: skip


def _check_program(program: str, language: str) -> None:
    if not program.strip():
        raise BadRow("program is empty")
    if len(program) > MAX_PROGRAM:
        raise BadRow("program is huge", f"{len(program)} characters, at most {MAX_PROGRAM}")
    if language == "Python":
        try:
            with warnings.catch_warnings(action="ignore"):
                ast.parse(program)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise BadRow("program does not parse", str(error)) from None
    elif "<" not in program:
        raise BadRow("program has no element")


def _from_folder(corpus: Corpus, part: str, root: str) -> Table:
    folder = Path(root) / corpus.name
    if not folder.is_dir():
        raise CorpusError(
            f"{folder}: there is no such folder, so no corpus {corpus.name}: {corpus.get}; or set "
            "config.data.root to the folder that has it"
        )
    return corpus.find(folder, part)


def _from_hub(corpus: Corpus, part: str) -> Table:
    """Row groups over the network: nothing is downloaded that is not drawn."""
    if part not in corpus.hub:
        known = f'"hub" has {", ".join(corpus.hub)}' if corpus.hub else "the hub has no part of it"
        raise CorpusError(
            f"{corpus.name}:{part}: cannot be read from the hub row by row ({known}): {corpus.get}"
        )
    try:
        datasets = importlib.import_module("datasets")
        url_to_fs = importlib.import_module("fsspec.core").url_to_fs
    except ImportError:
        raise CorpusError(f'config.data.root = "hub" needs the library datasets: {EXTRA}') from None
    place = corpus.hub[part]
    try:
        builder = datasets.load_dataset_builder(place.repo, place.config)
        files = [str(name) for name in (builder.config.data_files or {}).get(place.split, [])]
    except Exception as error:  # the library raises many kinds
        raise CorpusError(
            f"{place.repo}: the hub does not give it ({(str(error).splitlines() or [''])[0]}); "
            f"{corpus.get}"
        ) from None
    if not files:
        raise CorpusError(f"{place.repo}: has no split {place.split!r}; {corpus.get}")

    def open_address(name: str) -> Any:
        files, path = url_to_fs(name)
        return files.open(path, "rb")

    return ParquetTable(files, corpus.columns, open_address)


def parquet_files(folder: Path, pattern: str) -> list[str]:
    """The parquet files of a part, in the order of their names."""
    return sorted(str(path) for path in folder.glob(pattern) if path.is_file())
