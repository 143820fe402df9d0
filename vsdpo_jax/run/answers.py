"""A policy's answers to the examples of a benchmark: of a checkpoint, or of a model elsewhere.

They go to predictions.jsonl as they come, so that what was interrupted goes on, for score.py.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import jax

from vsdpo_jax.data.errors import BadRow
from vsdpo_jax.data.examples import Examples
from vsdpo_jax.domains import prompts
from vsdpo_jax.endpoint.chat import Answer, Chat, Message, Part
from vsdpo_jax.endpoint.client import Client
from vsdpo_jax.records import Task
from vsdpo_jax.run import checks, opening, stages
from vsdpo_jax.run.settings import Settings, SettingsError
from vsdpo_jax.runtime.files import DamagedFileError, read_json, write_atomic
from vsdpo_jax.runtime.metrics import Rows
from vsdpo_jax.runtime.stop import StoppedError
from vsdpo_jax.runtime.streams import one_line, warn

_FOLD = 2**31 - 3
"""Folded into the root key: every evaluation of a policy uses the same randomness."""
PREDICTIONS, PROTOCOL = "predictions.jsonl", "predictions.json"


class Predictions:
    """The file of answers: a context manager, appended to.

    Args:
      folder: holds it; made when missing.
      protocol: what the answers depend on, JSON-able.

    Attributes:
      path: of the file.
      done: ids that have an answer.

    Raises:
      SettingsError: it holds answers that were made otherwise.
    """

    def __init__(self, folder: Path, protocol: Mapping[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path, told = folder / PREDICTIONS, folder / PROTOCOL
        known = json.loads(json.dumps(dict(protocol)))
        if told.exists() and (before := read_json(told)) != known:
            names = [name for name in known if before.get(name) != known[name]]
            words = ", ".join(f"{n} {before.get(n)!r} there, {known[n]!r} now" for n in names)
            raise SettingsError(f"{self.path}: was made otherwise ({words}); give another --out")
        write_atomic(told, json.dumps(known, indent=2) + "\n")
        self.done: set[str] = set()

    def __enter__(self) -> Self:
        """Read what is there; a line that was cut off counts as not there."""
        self._file = self.path.open("a+b")
        self._file.seek(0)
        whole = self._file.read().rpartition(b"\n")[0]
        self._file.truncate(len(whole) + 1 if whole else 0)
        try:
            self.done = {str(json.loads(line)["id"]) for line in whole.split(b"\n") if line}
        except (ValueError, KeyError, TypeError) as error:
            self._file.close()
            raise DamagedFileError(f"{self.path}: a line is damaged ({error}); remove it") from None
        return self

    def add(self, name: str, text: str, finish: str) -> None:
        """Keep an answer.

        Raises:
          OSError: the disk is full; what was kept before stays.
        """
        row = {"id": name, "prediction": text, "finish": finish}
        self._file.write(json.dumps(row).encode() + b"\n")
        self._file.flush()
        self.done.add(name)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def chat_of(settings: Settings, task: Task) -> Chat:
    """What a model elsewhere reads: the student's messages, with the sampling of the settings."""
    turns = prompts.student_messages(
        task.brief, settings.teacher.templates, task.images, settings.data.domain
    )
    rollout = settings.rollout
    return Chat(
        messages=tuple(Message(role=turn["role"], parts=_parts(turn["content"])) for turn in turns),
        max_tokens=rollout.max_new_tokens,
        temperature=rollout.temperature,
        top_p=rollout.top_p if rollout.top_p < 1 else None,
        seed=settings.seed,
    )


def _parts(content: Any) -> tuple[Part, ...]:
    if isinstance(content, str):
        return (content,)
    return tuple(
        Path(item["image"]).read_bytes() if item["type"] == "image" else item["text"]
        for item in content
    )


def of_endpoint(
    settings: Settings, examples: Examples, predictions: Predictions, client: Client
) -> Counter[str]:
    """Ask a model elsewhere for every answer that is not there yet.

    Returns:
      Why -> examples that got no answer; they are not in the file, and can be asked for again.

    Raises:
      EndpointError: no question can be answered there.
      OSError: the disk is full.
    """
    left = [name for name in examples.references if name not in predictions.done]
    asked: list[str] = []
    reasons = Counter[str]()

    def chats() -> Iterator[Chat]:
        for name in left:
            task = _usable(examples, name, predictions)
            if task is not None:
                asked.append(name)
                yield chat_of(settings, task)

    with _progress(examples, predictions) as progress:

        def take(number: int, answer: Answer) -> None:
            if answer.text is None:
                reasons[answer.reason] += 1
            else:
                predictions.add(asked[number], answer.text, answer.finish)
            progress.update()

        client.ask_all(chats(), take)
    return reasons


def of_policy(run: opening.Run, examples: Examples, predictions: Predictions) -> None:
    """Sample every answer that is not there yet from the weights of a run, in one process.

    A chunk of examples has a key of its own, so that an interrupted evaluation is the whole one.

    Raises:
      StoppedError: SIGTERM; the same command goes on.
    """
    settings, params = run.settings, run.policy(run.initial_trained)
    fits = checks.fits(settings, run.processor)
    names, size = list(examples.references), settings.rollout.eval_batch
    with _progress(examples, predictions) as progress:
        for start in range(0, len(names), size):
            chunk = names[start : start + size]
            if predictions.done.issuperset(chunk):
                continue
            usable = {name: _usable(examples, name, predictions, fits) for name in chunk}
            tasks = {name: task for name, task in usable.items() if task is not None}
            _sample(run, params, tasks, start, size, predictions)
            progress.update(len(chunk))
            if run.share.is_stopped():
                raise StoppedError(
                    "stopped; the same command goes on from the answers that are there"
                )


def _sample(
    run: opening.Run,
    params: Any,
    tasks: Mapping[str, Task],
    start: int,
    size: int,
    predictions: Predictions,
) -> None:
    if not tasks:
        return
    given = list(tasks.values())
    padded = given + [given[-1]] * (size - len(given))  # one shape, one compilation
    rollouts = stages.sample_rollouts(
        run.sampler, params, run.processor, run.config, run.settings, padded,
        stages.encode_prompts(run.processor, run.settings, padded),
        jax.random.fold_in(jax.random.fold_in(run.root_key, _FOLD), start),
        group_size=1, policy_version=0, rows=range(len(given)),
    )  # fmt: skip
    for name, rollout in zip(tasks, rollouts, strict=True):
        if name not in predictions.done:
            predictions.add(name, rollout.text, rollout.stop_reason)


def _usable(
    examples: Examples,
    name: str,
    predictions: Predictions,
    fits: Callable[[Task], None] = lambda task: None,
) -> Task | None:
    """The task of an example; one that cannot be asked gets an empty answer, which scores 0."""
    try:
        task = examples.task(name)
        fits(task)
    except BadRow as error:
        warn(f"{examples.spec} {name}: {one_line(str(error))}: its answer is empty and scores 0")
        if name not in predictions.done:
            predictions.add(name, "", "not asked")
        return None
    return task


def _progress(examples: Examples, predictions: Predictions) -> Rows:
    done = sum(name in predictions.done for name in examples.references)
    return Rows("answers", len(examples.references), done)


def table_row(model: str, columns: Mapping[str, Mapping[str, Any]]) -> str:
    """A row of the paper's table in Markdown, each mean with its interval.

    Args:
      model: its first cell.
      columns: of a score's summary.
    """
    cells = [[model, *(_cell(column) for column in columns.values())]]
    lines: Sequence[Sequence[str]] = [["model", *columns], ["---"] * (len(columns) + 1), *cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(column: Mapping[str, Any]) -> str:
    if column["mean"] is None:
        return "-"
    if column["low"] is None:
        return f"{column['mean']:.1f}"
    return f"{column['mean']:.1f} [{column['low']:.1f}, {column['high']:.1f}]"
