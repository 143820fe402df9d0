"""Where tasks come from: the domain's synthetic tasks, a JSONL file of one's own, or corpora.

This is the one door: what is asked for by ``config.data`` comes out as records, whatever it is.

A line of a task file is an object with ``task_id``, ``brief`` and, optionally, ``asked`` (what the
content axis checks), ``reference`` (a reference program) and ``images`` (files of pictures that
belong to the brief, relative to the task file). Corpora are named (``data/corpora``,
docs/corpora.md). Training draws are a function of (seed, step) alone, so that a resumed run sees
what an uninterrupted one would have seen: the position in the data is the step of the checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from vsdpo_jax.data import corpora, stream
from vsdpo_jax.data.errors import BadRow, CorpusError, TaskFileError
from vsdpo_jax.data.pictures import KEPT, Spool
from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.domains.lab import Lab
from vsdpo_jax.records import Task

__all__ = ["BadRow", "CorpusError", "TaskFileError", "TaskSource", "open_tasks", "read_tasks"]

LAB = "lab"
FIELDS = ("task_id", "brief", "asked", "reference", "images")


def read_tasks(path: str | Path, domain: str) -> list[Task]:
    """The tasks of a JSONL file.

    Raises:
      TaskFileError: missing or empty file, a line that is no object, unknown, missing or ill-typed
        fields, a task_id that occurs twice.
    """
    path = Path(path)
    if not path.is_file():
        raise TaskFileError(
            f'{path}: there is no such task file; give a JSONL file, "lab", or the name of a '
            f"corpus ({', '.join(corpora.CORPORA)})"
        )
    tasks: dict[str, Task] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        task = _parse_line(line, f"{path}:{number}", domain, path.parent)
        if task.task_id in tasks:
            raise TaskFileError(f"{path}:{number}: task_id {task.task_id!r} occurs twice")
        tasks[task.task_id] = task
    if not tasks:
        raise TaskFileError(f"{path}: holds no task; write one JSON object a line")
    return list(tasks.values())


def _parse_line(line: str, where: str, domain: str, folder: Path) -> Task:
    try:
        values = json.loads(line)
    except json.JSONDecodeError as error:
        raise TaskFileError(f"{where}: no JSON: {error}") from None
    if not isinstance(values, dict):
        raise TaskFileError(f"{where}: {type(values).__name__} instead of an object")
    unknown = sorted(set(values) - set(FIELDS))
    if unknown:
        raise TaskFileError(f"{where}: unknown field {unknown[0]!r}; known: {', '.join(FIELDS)}")
    for name, kind, needed in (
        ("task_id", str, True), ("brief", str, True), ("asked", dict, False),
        ("reference", str, False), ("images", list, False),
    ):  # fmt: skip
        value = values.get(name)
        if value is None and not needed:
            continue
        if not isinstance(value, kind) or not value:
            raise TaskFileError(f"{where}: field {name!r} = {value!r}: a {kind.__name__} is needed")
    images = tuple(str(folder / str(name)) for name in values.pop("images", None) or ())
    for image in images:
        if not Path(image).is_file():
            raise TaskFileError(f"{where}: field 'images' names {image}, which does not exist")
    return Task(domain=domain, images=images, **values)


class TaskSource:
    """Training and held-out tasks.

    Attributes:
      heldout: the fixed held-out tasks, the same at every call and in every run with this config.
    """

    def __init__(
        self,
        *,
        seed: int,
        heldout: Sequence[Task],
        train: Sequence[Task] | None,
        make_train: Callable[[int], Task] | None,
    ):
        if (train is None) == (make_train is None):
            raise ValueError("give either a list of training tasks or a function that makes them")
        self.heldout = tuple(heldout)
        self._seed = seed
        self._train = None if train is None else tuple(train)
        self._make_train = make_train

    def train(self, step: int, count: int) -> list[Task]:
        """``count`` training tasks of update ``step``; epochs over a file are shuffled."""
        first = step * count
        if self._make_train is not None:
            return [self._make_train(first + i) for i in range(count)]
        assert self._train is not None
        size = len(self._train)
        orders = {
            epoch: np.random.default_rng([self._seed, epoch]).permutation(size)
            for epoch in range(first // size, (first + count - 1) // size + 1)
        }
        return [self._train[orders[i // size][i % size]] for i in range(first, first + count)]

    @property
    def listed(self) -> tuple[Task, ...]:
        """The training tasks of a file; none where tasks are made or drawn from a corpus."""
        return self._train or ()

    def first_without_reference(self) -> Task | None:
        """The first training task that has no reference program; None: all have one.

        Made tasks all have one or all have none, so that one of them is asked; from a corpus none
        is drawn without one where it is needed.
        """
        tasks = self.train(0, 1) if self._train is None else self._train
        return next((task for task in tasks if task.reference is None), None)


def open_tasks(
    *,
    domain: str,
    train: str,
    heldout: str,
    num_heldout: int,
    seed: int,
    references: bool = False,
    root: str = "",
    checked: bool = False,
    process_index: int = 0,
    process_count: int = 1,
    fits: stream.Fits = lambda task: None,
    at_once: int = 0,
) -> TaskSource:
    """The task source that the data settings name.

    Args:
      domain, train, heldout, num_heldout, root, checked: as in configs/base.py.
      seed: of the run; decides which training tasks come when.
      references: training tasks of the lab come with a reference program.
      process_index, process_count: of this host among all, where each draws tasks of its own: no
        two then draw the same row of a corpus. Hosts that sample the same prompts together draw
        them alike, as the first of one.
      fits: raises BadRow for a task of a corpus that the run cannot use, which is left out.
      at_once: most tasks of a step, whose pictures are all kept.

    Raises:
      TaskFileError: a file or a corpus cannot be used, or holds fewer tasks than asked for.
    """
    lab = _open_lab(domain) if LAB in (train, heldout) else None
    opened = {
        "domain": domain, "language": load_domain(domain).language.name, "root": root, "fits": fits,
    }  # fmt: skip
    if corpora.is_corpora(train) and corpora.is_corpora(heldout):
        stream.check_disjoint(train, heldout)
    if heldout == LAB:
        assert lab is not None
        held = [lab.make_task(index, "heldout").as_task() for index in range(num_heldout)]
    elif corpora.is_corpora(heldout):
        # All hosts evaluate the same ones, in every run.
        parts = stream.open_parts(heldout, spool=Spool(keep=None), **opened)
        held = stream.first_tasks(parts, num_heldout)
    else:
        held = read_tasks(heldout, domain)
        if len(held) < num_heldout:
            raise TaskFileError(
                f"config.data.num_heldout = {num_heldout}: {heldout} holds {len(held)} tasks"
            )
        held = held[:num_heldout]
    if train == LAB:
        assert lab is not None
        make_train = _maker(lab, seed, references)
    elif corpora.is_corpora(train):
        make_train = stream.alternate(
            stream.open_parts(
                train, checked=checked, seed=seed, process_index=process_index,
                process_count=process_count, spool=Spool(max(KEPT, 2 * at_once)), **opened,
            )
        )  # fmt: skip
        make_train(0)  # a corpus without a task that can be used is found now
    else:
        return TaskSource(seed=seed, heldout=held, train=read_tasks(train, domain), make_train=None)
    return TaskSource(seed=seed, heldout=held, train=None, make_train=make_train)


def _maker(lab: Lab, seed: int, references: bool) -> Callable[[int], Task]:
    """(index) -> a fresh synthetic task."""
    # Seeds of different runs are far apart, so that runs do not share their first tasks.
    root = int(np.random.SeedSequence([seed]).generate_state(1)[0])

    def make_train(index: int) -> Task:
        task = lab.make_task(root + index, "train")
        reference = lab.careful_program(task) if references else None
        return replace(task.as_task(), reference=reference)

    return make_train


def _open_lab(domain: str) -> Lab:
    opened = load_domain(domain).lab
    if opened is None:
        raise TaskFileError(
            f"config.data.domain = {domain!r}: this domain has no synthetic tasks; name a JSONL "
            "file or a corpus in config.data.train and config.data.heldout"
        )
    return opened()
