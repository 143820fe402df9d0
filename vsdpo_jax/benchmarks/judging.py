"""The axis of a judge: pictures of scored rows are drawn, shown to a vision model, and its score
joins the rows. What was not answered is null with the reason, and never 0."""

from __future__ import annotations

import base64
import contextlib
import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vsdpo_jax.benchmarks.base import (
    NULL_STATUSES,
    Benchmark,
    JudgedAxis,
    NoProgram,
    Outcome,
    Request,
    Scoring,
)
from vsdpo_jax.benchmarks.predictions import Row
from vsdpo_jax.benchmarks.references import References
from vsdpo_jax.benchmarks.scoring import CHUNK, Machine, Pools
from vsdpo_jax.endpoint.chat import Answer
from vsdpo_jax.endpoint.client import Client
from vsdpo_jax.endpoint.tally import Plan, Price
from vsdpo_jax.runtime.metrics import Rows


def with_judge(benchmark: Benchmark) -> Benchmark:
    """The benchmark with the axis and the columns of its judge.

    Raises:
      ValueError: it has none.
    """
    if benchmark.judged is None:
        raise ValueError(f"{benchmark.name} has no axis that a judge scores")
    return replace(
        benchmark,
        axes=(*benchmark.axes, benchmark.judged.name),
        columns=(*benchmark.columns, *benchmark.judged.columns),
    )


@dataclass(kw_only=True)
class _Pair:
    """A row that waits for the judge.

    Attributes:
      result: the row, which gets the axis.
      pictures: PNG of the reference and of the candidate.
    """

    row: Row
    result: dict[str, Any]
    pictures: dict[bool, bytes] = field(default_factory=dict)


@dataclass(kw_only=True)
class Panel:
    """A judge at work.

    Attributes:
      client: asks it.
      price: for the report; None: unknown.
      is_dry: draw, count, and send nothing.
      references: pictures of references that were kept; None: none are.
      plan: what a dry run would have sent.
    """

    client: Client
    price: Price | None = None
    is_dry: bool = False
    references: References | None = None
    plan: Plan = field(default_factory=Plan)

    def judge(
        self,
        benchmark: Benchmark,
        rows: Sequence[Row],
        results: Sequence[dict[str, Any]],
        scoring: Scoring,
        machine: Machine,
    ) -> None:
        """Give every result the judge's axis, in place.

        Rows without a picture score 0, rows that are null stay null, as on the other axes.

        Args:
          benchmark: with a judged axis.
          rows, results: what was scored, and how, in the same order.
          scoring, machine: how pictures are drawn.

        Raises:
          EndpointError: the server answers no question at all.
          SandboxUnavailable, RuntimeError: pictures cannot be drawn here (see RenderPool).
        """
        axis = benchmark.judged
        assert axis is not None
        due = []
        for row, result in zip(rows, results, strict=True):
            if result["status"] == "ok":
                due.append(_Pair(row=row, result=result))
            else:
                result[axis.name] = None if result["status"] in NULL_STATUSES else 0.0
        with contextlib.ExitStack() as stack:
            # Our own painter: it draws with the libraries here, whatever traced the programs.
            pools = Pools(
                benchmark=benchmark,
                scoring=scoring,
                machine=replace(machine, interpreter=None),
                stack=stack,
                references=self.references,
            )
            with Rows("judge", len(due)) as progress:
                for start in range(0, len(due), CHUNK):
                    chunk = due[start : start + CHUNK]
                    self._ask(axis, _draw(axis, chunk, pools))
                    progress.update(len(chunk))

    def _ask(self, axis: JudgedAxis, pairs: Sequence[_Pair]) -> None:
        chats = [axis.question(pair.pictures[False], pair.pictures[True]) for pair in pairs]
        if self.is_dry:
            self.plan.add(self.client.plan(chats))
            return

        def take(number: int, answer: Answer) -> None:
            score = None if answer.text is None else axis.score(answer.text)
            if score is None:
                _leave_out(axis, pairs[number].result, answer.reason)
            else:
                pairs[number].result[axis.name] = score

        self.client.ask_all(chats, take, accept=lambda text: axis.score(text) is not None)

    def name(self) -> str:
        """Which judge it was, for the protocol."""
        served = "+".join(sorted(self.client.tally.served)) or self.client.endpoint.model
        return f"{served} at {self.client.endpoint.url}, {datetime.date.today().isoformat()}"

    def report(self) -> str:
        """What was asked or would be, and what it costs."""
        said = self.plan if self.is_dry else self.client.tally
        return f"judge {self.client.endpoint.model}: {said.report(self.price)}"

    def figures(self) -> dict[str, Any]:
        """The same, JSON-able."""
        tally = self.client.tally
        return {
            "model": self.client.endpoint.model,
            "served": sorted(tally.served),
            "answered": tally.answered,
            "cached": tally.cached,
            "unanswered": dict(tally.unanswered),
            "question_tokens": tally.question_tokens,
            "answer_tokens": tally.answer_tokens,
            "sent_bytes": tally.sent_bytes,
            "dollars": None if self.price is None else tally.dollars(self.price),
        }


def _draw(axis: JudgedAxis, pairs: Sequence[_Pair], pools: Pools) -> list[_Pair]:
    """Give pairs their pictures; returns those that the judge has to see."""
    wanted: dict[bool, list[tuple[_Pair, Request]]] = {False: [], True: []}
    for pair in pairs:
        row = pair.row
        for is_candidate, text in ((False, row.reference), (True, row.answer)):
            try:
                request = axis.picture(text or "", row.name, is_candidate)
            except NoProgram as error:  # scored by other rules than pictures are drawn by
                _leave_out(axis, pair.result, str(error))
                break
            wanted[is_candidate].append((pair, request))

    def show(is_candidate: bool) -> Callable[[int, Outcome], None]:
        return lambda i, drawn: _show(axis, wanted[is_candidate][i][0], is_candidate, drawn)

    pools.render_references([request for _, request in wanted[False]], show(False))
    pools.render([request for _, request in wanted[True]], show(True))
    return [pair for pair in pairs if len(pair.pictures) == 2]


def _show(axis: JudgedAxis, pair: _Pair, is_candidate: bool, outcome: Outcome) -> None:
    """Give a pair a picture, or what its row has without one."""
    if outcome.reading is None:
        whose = "its picture" if is_candidate else "the reference's picture"
        reason = f"{whose} cannot be drawn for the judge: {outcome.status}: {outcome.error}"
        _leave_out(axis, pair.result, reason[:300])
    elif is_candidate and outcome.reading["is_blank"]:
        pair.result.setdefault(axis.name, 0.0)  # officially no judge is asked
    else:
        pair.pictures[is_candidate] = base64.b64decode(outcome.reading["picture"])


def _leave_out(axis: JudgedAxis, result: dict[str, Any], reason: str) -> None:
    result[axis.name] = None
    result["null_because"] = {**result.get("null_because", {}), axis.name: f"the judge: {reason}"}


def is_unanswered(result: Mapping[str, Any], benchmark: Benchmark) -> bool:
    """Whether a row could be judged and was not: the same command asks again."""
    assert benchmark.judged is not None
    return result["status"] == "ok" and result[benchmark.judged.name] is None
