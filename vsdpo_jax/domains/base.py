"""What a domain is: a module that names its recorder and judges what comes out of the sandbox."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import Any, Protocol, cast

from vsdpo_jax.records import Diagnosis, Judged, Render
from vsdpo_jax.sandbox import SandboxResult

DOMAINS = {"chart": "vsdpo_jax.domains.chart"}
"""Short name -> module. A dotted name stands for itself."""

_MEMBERS = ("NAME", "AXES", "RECORDER", "judge")
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


class Domain(Protocol):
    """A domain module.

    Attributes:
      NAME: short name.
      AXES: rubric axes, in the order in which feedback lists them.
      RECORDER: dotted name of the module that runs in the sandbox (docs/architecture.md).
    """

    NAME: str
    AXES: tuple[str, ...]
    RECORDER: str

    def judge(self, result: SandboxResult, source: str, options: JudgeOptions) -> Judged:
        """Check the payload, make the picture, find the defects. Runs on the trusted side."""
        ...


def load_domain(name: str) -> Domain:
    """Import a domain.

    Args:
      name: a key of DOMAINS, or the dotted name of a module.

    Raises:
      ValueError: there is no such domain.
      TypeError: the module is no domain; the message names what it lacks.
    """
    if name not in DOMAINS and "." not in name:
        known = ", ".join(repr(known) for known in sorted(DOMAINS))
        raise ValueError(f"domain: {name!r} is unknown; known: {known}")
    path = DOMAINS.get(name, name)
    try:
        module = importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name is None or not (path == error.name or path.startswith(f"{error.name}.")):
            raise
        raise ValueError(f"domain: there is no module {path!r}") from error
    missing = [member for member in _MEMBERS if not hasattr(module, member)]
    if missing:
        raise TypeError(f"domain: module {path!r} lacks {', '.join(missing)}")
    return cast(Domain, module)


def check_axis_weights(domain: Domain, axis_weights: dict[str, float] | None) -> None:
    """Raise ValueError where weights name an unknown axis or are not usable as weights."""
    if axis_weights is None:
        return
    unknown = sorted(set(axis_weights) - set(domain.AXES))
    if unknown:
        raise ValueError(
            f"axis_weights: {domain.NAME} has no axis {', '.join(map(repr, unknown))}; "
            f"it has {', '.join(domain.AXES)}"
        )
    for axis, weight in axis_weights.items():
        if not 0 <= weight < float("inf"):
            raise ValueError(
                f"axis_weights: {axis} must be finite and not negative, got {weight!r}"
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
    return Judged(
        render=Render(status="infra", error=reason),
        diagnosis=Diagnosis(
            rubric={}, scores={}, defects=(), feedback="", r_exec=0.0, r_vis=0.0, masked=True
        ),
    )
