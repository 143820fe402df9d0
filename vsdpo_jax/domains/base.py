"""What a domain is: a module that names its recorder and judges what comes out of the sandbox."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vsdpo_jax.records import Diagnosis, Judged, Render, RenderStatus
from vsdpo_jax.sandbox import SandboxResult

DOMAINS = {"chart": "vsdpo_jax.domains.chart"}
"""Short name -> module. A dotted name stands for itself."""

_FENCE = re.compile(
    r"^ {0,3}```[ \t]*(?P<language>[^\s`]*)[^\n`]*\n(?P<body>.*?)(?=^ {0,3}```[ \t]*$|\Z)"
    r"(?: {0,3}```[ \t]*$)?",
    re.MULTILINE | re.DOTALL,
)
_PYTHON = ("python", "python3", "py")


@dataclass(frozen=True, kw_only=True)
class JudgeOptions:
    """What a judgement depends on besides the picture.

    Attributes:
      asked: what the content axis checks, in the domain's schema; None: unchecked.
      reference_payload: what the reference program drew, as its recorder encoded it; None: there
        is no reference.
      axis_weights: rubric axis -> weight in r_vis, not negative; None: equal weights.
    """

    asked: dict[str, Any] | None = None
    reference_payload: bytes | None = None
    axis_weights: dict[str, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A domain: a package with NAME and RECORDER, and AXES and judge in its module ``diagnose``.

    The two halves are apart because the sandboxed child imports the first without the second.

    Attributes:
      name: short name.
      axes: rubric axes, in the order in which feedback lists them.
      recorder: dotted name of the module that runs in the sandbox (docs/architecture.md).
      judge: ``judge(result, source, options)`` checks the payload, makes the picture and finds the
        defects, on the trusted side. Raises ValueError for options that are wrong, and does so for
        a result without a picture too: that is how they are checked before a program runs. What it
        raises later is about the payload, and the worker makes it the program's error.
    """

    name: str
    axes: tuple[str, ...]
    recorder: str
    judge: Callable[[SandboxResult, str, JudgeOptions], Judged]

    def check(
        self, axis_weights: dict[str, float] | None, asked: dict[str, Any] | None = None
    ) -> None:
        """Raise ValueError where the options are not usable, before there is a picture."""
        nothing = SandboxResult(status="no_artifact", error="a check of the options")
        self.judge(nothing, "", JudgeOptions(asked=asked, axis_weights=axis_weights))


def load_domain(name: str) -> Domain:
    """Import a domain.

    Args:
      name: a key of DOMAINS, or the dotted name of a package.

    Raises:
      ValueError: there is no such domain.
    """
    if name not in DOMAINS and "." not in name:
        known = ", ".join(repr(known) for known in sorted(DOMAINS))
        raise ValueError(f"domain: {name!r} is unknown; known: {known}")
    path = DOMAINS.get(name, name)
    try:
        package = importlib.import_module(path)
        diagnose = importlib.import_module(f"{path}.diagnose")
    except ModuleNotFoundError as error:
        if error.name is None or not f"{path}.diagnose".startswith(error.name):
            raise
        raise ValueError(f"domain: {name!r} is none: there is no module {error.name!r}") from error
    return Domain(
        name=package.NAME, axes=diagnose.AXES, recorder=package.RECORDER, judge=diagnose.judge
    )


def extract_program(text: str) -> tuple[str, int]:
    """The program in a completion.

    The first fenced block marked as Python, else the first fenced block without a language, else
    the whole text. A block that a length limit cut off ends with the text.

    Returns:
      The program and the offset of its first character in ``text``.
    """
    blocks = list(_FENCE.finditer(text))
    for languages in (_PYTHON, ("",)):
        for block in blocks:
            if block["language"].lower() in languages:
                return block["body"], block.start("body")
    return text, 0


def masked(reason: str) -> Judged:
    """The judgement of a job that the machine failed: no reward, no loss."""
    return failed("infra", reason)


def failed(status: RenderStatus, reason: str, result: SandboxResult | None = None) -> Judged:
    """The judgement of a job without a picture, whatever the domain.

    Args:
      status: "program_error" scores 0, with the reason as feedback; "infra" is masked.
      reason: one sentence.
      result: of the program's run, where there is one; what it printed and used is kept.
    """
    seen = result or SandboxResult(status=status)
    return Judged(
        render=Render(
            status=status,
            error=reason,
            stdout=seen.stdout,
            stderr=seen.stderr,
            cpu_s=seen.cpu_s,
            wall_s=seen.wall_s,
        ),
        diagnosis=Diagnosis(
            rubric={},
            scores={},
            defects=(),
            feedback="" if status == "infra" else json.dumps({"error": reason}),
            r_exec=0.0,
            r_vis=0.0,
            masked=status == "infra",
        ),
    )
