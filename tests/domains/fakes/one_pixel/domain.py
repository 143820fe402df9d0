"""A domain whose pictures are one pixel, and whose judge can be made to fail from outside."""

from __future__ import annotations

import builtins
import contextlib
import errno
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from vsdpo_jax.credit import PYTHON
from vsdpo_jax.domains import bounds, worker
from vsdpo_jax.domains.base import Artifact, Domain, JudgeOptions, RendererSetup
from vsdpo_jax.records import Diagnosis, Judged, Render
from vsdpo_jax.sandbox import Sandbox

RECORDER = os.environ.get("VSDPO_FAKE_RECORDER", "vsdpo_jax.sandbox.plain")
bounds.JUDGE_S, bounds.KILL_S = 0.6, 0.6  # in the worker that imports this: tests are in a hurry
if "VSDPO_FAKE_JUDGE_WALL_S" in os.environ:
    worker._JUDGE_WALL_S = float(os.environ["VSDPO_FAKE_JUDGE_WALL_S"])


def open_renderer(setup: RendererSetup) -> Sandbox:
    return Sandbox(RECORDER, setup.limits, unsafe=setup.unsafe)


def check_asked(asked: Any) -> None:
    if "nonsense" in asked:
        raise ValueError("asked: unknown key 'nonsense'")


def judge(result: Artifact, source: str, options: JudgeOptions) -> Judged:
    """The payload says what happens to the worker."""
    word, _, argument = result.payload.decode().partition(" ")
    if word == "die" or (word == "die-once" and first_time(argument)):
        os._exit(7)
    if word == "raise":
        raise getattr(builtins, argument)("the judge broke")
    if word == "disk-full":
        raise OSError(errno.ENOSPC, "no space left")
    if word == "swell":
        np.ones(1 << 40)
    if word == "loop":  # through libraries that swallow exceptions
        while True:
            with contextlib.suppress(Exception):
                while True:
                    pass
    if word == "loop-in-c":
        sum(iter(int, 1))
    if word == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if word == "sleep":
        time.sleep(float(argument))
    ok = result.status == "ok"
    return Judged(
        render=Render(
            status=result.status,
            limit=result.limit,
            image_YXC=np.zeros((1, 1, 3), np.uint8) if ok else None,
            error=result.error,
            stdout=result.stdout,
        ),
        diagnosis=Diagnosis(
            rubric={"first": ok},
            scores={},
            defects=(),
            feedback=source,
            r_exec=float(ok),
            r_vis=1.0,
        ),
        extra={
            "pid": os.getpid(),
            "options": options,
            "payload": result.payload,
            "jax": "jax" in sys.modules,
        },
    )


def first_time(path: str) -> bool:
    """True once per path."""
    if Path(path).exists():
        return False
    Path(path).touch()
    return True


DOMAIN = Domain(
    name="fake",
    language=PYTHON,
    suffixes=(".py",),
    axes={"first": 1.0, "second": 1.0},
    open_renderer=open_renderer,
    judge=judge,
    check_asked=check_asked,
)
