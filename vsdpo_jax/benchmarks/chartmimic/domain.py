"""The room in which programs are traced: a domain without a verdict."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from vsdpo_jax.benchmarks.base import read
from vsdpo_jax.benchmarks.chartmimic import extract
from vsdpo_jax.benchmarks.chartmimic.trace import EMPTY, InvalidTrace, decode, to_json
from vsdpo_jax.credit.python import PYTHON
from vsdpo_jax.domains.base import Artifact, Domain, JudgeOptions, Option, RendererSetup
from vsdpo_jax.domains.rubric import without_picture
from vsdpo_jax.records import Judged
from vsdpo_jax.sandbox import Sandbox

RECORDER = "vsdpo_jax.benchmarks.chartmimic.child.recorder"


def request(program: str, *, is_candidate: bool) -> str:
    """The source of a job: a candidate's body, or a reference as it is."""
    return json.dumps({"program": program, "candidate": is_candidate})


class _Tracer:
    """Runs the variants of a program that an edition needs."""

    def __init__(self, sandbox: Sandbox, *, keeps_failed: bool, robust: bool) -> None:
        self._sandbox = sandbox
        self._keeps_failed = keeps_failed
        self._robust = robust

    def run(self, source: str, on_attempt: Callable[[bool], None] | None = None) -> Artifact:
        """The trace of a request, with whether the program executes."""
        job = json.loads(source)
        body = job["program"]
        if not job["candidate"]:
            return self._packed(self._sandbox.run(body, on_attempt))
        plain = self._sandbox.run(extract.checked(body), on_attempt)
        if plain.status == "ok":
            if self._robust or not extract.wrapping_changes(body):
                return self._packed(plain)
            scored = self._sandbox.run(extract.wrapped(body), on_attempt)
            return scored if scored.status == "infra" else self._packed(scored, executes=True)
        if plain.status == "infra" or not self._keeps_failed:
            return plain
        return self._partial(body, plain, on_attempt)

    def _partial(
        self, body: str, plain: Artifact, on_attempt: Callable[[bool], None] | None
    ) -> Artifact:
        """What a program drew before it failed, and what it would have drawn with the names that
        two of the official probes bring along."""
        traces = {"executes": False, "error": plain.error}
        for name, prelude in (("trace", False), ("helped", True)):
            source = extract.wrapped(body, prelude=prelude)
            scored = self._sandbox.run(source, on_attempt)
            if scored.status == "infra":
                return scored
            traces[name] = scored.payload.decode() if scored.status == "ok" else None
            if scored.status == "ok":
                break
        return replace(plain, status="ok", limit=None, payload=json.dumps(traces).encode())

    def _packed(self, ran: Artifact, executes: bool = False) -> Artifact:
        if ran.status == "ok":
            text = ran.payload.decode()
            return replace(ran, payload=json.dumps({"executes": True, "trace": text}).encode())
        if executes:  # the scored variant failed where the plain one did not
            payload = json.dumps({"executes": True, "trace": None}).encode()
            return replace(ran, status="ok", limit=None, error="", payload=payload)
        return ran


@contextlib.contextmanager
def _open_renderer(setup: RendererSetup) -> Iterator[_Tracer]:
    with Sandbox(RECORDER, setup.limits, unsafe=setup.unsafe) as sandbox:
        yield _Tracer(
            sandbox,
            keeps_failed=setup.options["edition"] == "no_filter",
            robust=bool(setup.options["robust"]),
        )


def _judge(artifact: Artifact, source: str, options: JudgeOptions) -> Judged:
    """The reading: ``executes``, ``trace``, and ``error`` where it does not execute."""
    if artifact.status != "ok":
        return without_picture(artifact)
    packed = json.loads(artifact.payload)
    try:
        trace = EMPTY if packed["trace"] is None else decode(packed["trace"].encode())
        if packed.get("helped"):
            helped = decode(packed["helped"].encode())
            trace = replace(helped, texts=trace.texts, layout=trace.layout)
    except InvalidTrace as error:
        return without_picture(artifact, "tamper", str(error))
    reading = {"executes": packed["executes"], "trace": to_json(trace)}
    error = str(packed.get("error", ""))
    return read(artifact, {**reading, "error": error, "versions": dict(trace.versions)})


def _check_asked(asked: Any) -> None:
    raise ValueError("asked: nothing can be asked of a trace")


DOMAIN = Domain(
    name="trace",
    language=PYTHON,
    suffixes=(".py",),
    axes={"executes": 1.0},
    open_renderer=_open_renderer,
    judge=_judge,
    check_asked=_check_asked,
    options={
        "edition": Option("code_pass", "of the evaluator", choices=("code_pass", "no_filter")),
        "robust": Option(False, "score the program as it is, not within try and except"),
    },
)
