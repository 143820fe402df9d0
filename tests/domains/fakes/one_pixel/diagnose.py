"""A domain whose pictures are one pixel, and whose judge can be made to fail from outside."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np

from vsdpo_jax.domains.base import JudgeOptions
from vsdpo_jax.records import Diagnosis, Judged, Render
from vsdpo_jax.sandbox import SandboxResult

AXES = ("first", "second")


def judge(result: SandboxResult, source: str, options: JudgeOptions) -> Judged:
    """The payload says what happens to the worker."""
    unknown = set(options.axis_weights or {}) - set(AXES)
    if unknown:
        raise ValueError(f"no axis {unknown}; there are {AXES}")
    word, _, argument = result.payload.decode().partition(" ")
    if word == "die" or (word == "die-once" and first_time(argument)):
        os._exit(7)
    if word == "raise":
        raise ZeroDivisionError("the judge broke")
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
