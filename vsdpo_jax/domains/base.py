"""What a domain is: one record, in the module ``domain`` of one folder. Nothing outside names it.

Domains are found by folder: ``domains/<name>/domain.py`` holds ``DOMAIN``, a ``Domain``. Its
functions import what they need when they are called, so that reading the record is cheap for
commands and workers alike. A package elsewhere is a domain too, by its dotted name.
"""

from __future__ import annotations

import importlib
import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from vsdpo_jax.credit.language import Language
from vsdpo_jax.domains.lab import Lab
from vsdpo_jax.records import Defect, Judged
from vsdpo_jax.sandbox import Limits, SandboxResult

OptionValue = bool | int | float | str
LOOKS = "looks"
"""Name of an option and of an entry of ``Judged.extra``: see ``Looks``."""
Artifact = SandboxResult
"""What a renderer brings back from one program: a status and, when it is "ok", a payload that only
the domain's judge can read. The record is the sandbox's, whatever did the rendering."""


@dataclass(frozen=True, kw_only=True)
class RendererSetup:
    """What a renderer is opened with.

    Attributes:
      limits: of every program.
      unsafe: run without the kernel layers that this machine lacks; trusted programs only.
      options: the domain's own settings, as ``Domain.complete`` returns them.
    """

    limits: Limits
    unsafe: bool = False
    options: Mapping[str, OptionValue] = field(default_factory=dict)


class Renderer(Protocol):
    """Turns programs into artifacts, one after another, in the process that opened it."""

    def run(self, source: str, on_attempt: Callable[[bool], None] | None = None) -> Artifact:
        """Render one program; bad programs are artifacts with a status, never exceptions.

        Args:
          source: the program.
          on_attempt: called before each attempt, with whether something slow must be started first.
        """
        ...


class FileRenderer(Renderer, Protocol):
    """A renderer that also takes what programs make, as a finished file."""

    def open(self, data: bytes) -> Artifact:
        """The artifact of a file of ``Domain.file_suffixes``; a bad one is a status, too."""
        ...


@dataclass(frozen=True, kw_only=True)
class JudgeOptions:
    """What a judgement depends on besides the picture.

    Attributes:
      asked: what the content axis checks, in the domain's schema; None: unchecked.
      reference_payload: of the reference program's artifact; None: there is no reference.
      axis_weights: rubric axis -> weight in r_vis, not negative; None: equal weights.
      options: the domain's own settings, as ``Domain.complete`` returns them.
    """

    asked: dict[str, Any] | None = None
    reference_payload: bytes | None = None
    axis_weights: Mapping[str, float] | None = None
    options: Mapping[str, OptionValue] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Looks:
    """Two pictures that a model compares, for an axis of ``Domain.model_axes``.

    Attributes:
      axis: of the rubric.
      own_YXC, reference_YXC: uint8[Y, X, 3], of one size.
      least: similarity from which the axis is satisfied.
      defect: what is wrong where it is not.
    """

    axis: str
    own_YXC: np.ndarray
    reference_YXC: np.ndarray
    least: float
    defect: Defect


@dataclass(frozen=True)
class Option:
    """A setting that one domain has and no other needs.

    Attributes:
      default: its value where nobody sets it; every value has this type.
      about: what it does, in a few words.
      least, most: the range of a number, both ends included.
      choices: of a text, all that it may be; none: anything.
    """

    default: OptionValue
    about: str
    least: float = -math.inf
    most: float = math.inf
    choices: tuple[str, ...] = ()

    def checked(self, name: str, value: OptionValue) -> OptionValue:
        """``value`` as this option takes it.

        Raises:
          ValueError: another type, a number outside the range, or none of the choices.
        """
        kind = type(self.default)
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise ValueError(f"options.{name}: {value!r} is no {kind.__name__} ({self.about})")
        if self.choices and value not in self.choices:
            known = ", ".join(map(repr, self.choices))
            raise ValueError(f"options.{name}: {value!r} is none of {known} ({self.about})")
        if isinstance(value, int | float) and not self.least <= value <= self.most:
            raise ValueError(
                f"options.{name}: {value!r} must be {self.least:g} to {self.most:g} ({self.about})"
            )
        return value


def parse_options(texts: Sequence[str]) -> dict[str, Any]:
    """Name -> value of options given as ``name=value``; what is no JSON is a text."""
    found: dict[str, Any] = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            found[name] = json.loads(value)
        except json.JSONDecodeError:
            found[name] = value
    return found


def completed(
    options: Mapping[str, Option], given: Mapping[str, OptionValue] | None, owner: str
) -> dict[str, OptionValue]:
    """The value of every option; those that are not named keep their default.

    Args:
      options: that there are.
      given: name -> value; None: none.
      owner: whose they are, for messages.

    Raises:
      ValueError: an unknown option, a value of another type or outside its range.
    """
    given = given or {}
    for name in given:
        if name not in options:
            known = ", ".join(options) or "none"
            raise ValueError(f"options: unknown option {name!r}; {owner} has {known}")
    return {
        name: option.checked(name, given[name]) if name in given else option.default
        for name, option in options.items()
    }


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A domain.

    Attributes:
      name: under which ``load_domain`` finds it.
      language: of its programs; statements and fenced blocks come from it.
      suffixes: of files that hold its programs, with the dot; the first is the usual one.
      file_suffixes: of finished files that can be judged without a program: then
        ``open_renderer`` opens a FileRenderer, and ``judge`` takes "" for the source.
      axes: rubric axis -> default weight, in the order in which feedback lists them.
      reference_axes: the same for axes that join where a reference program is drawn.
      model_axes: the same for those of them that a model reads: it sees the ``Looks`` that the
        judge leaves in ``Judged.extra[LOOKS]`` where the option of that name is set.
      open_renderer: opens what turns programs into artifacts; a context manager. Raises
        SandboxUnavailable where programs cannot be run.
      judge: ``judge(artifact, source, options)`` checks the payload, makes the picture and finds
        the defects, by the law of every judge (docs/architecture.md). What it raises is about the
        payload, and the worker makes it the program's error.
      check_asked: raises ValueError for an ``asked`` that the judge cannot check.
      templates: folder of prompt templates of its own, as in ``domains/templates``; None: none.
      lab: opens its synthetic tasks and writers of programs; None: it has none.
      options: name -> setting of its own, for its renderer and its judge.
      mini: folder of the small policy that it ships (config.model.path = "mini"); None: none.

    Raises:
      ValueError: two axes have one name.
    """

    name: str
    language: Language
    suffixes: tuple[str, ...]
    file_suffixes: tuple[str, ...] = ()
    axes: Mapping[str, float]
    reference_axes: Mapping[str, float] = field(default_factory=dict)
    model_axes: Mapping[str, float] = field(default_factory=dict)
    open_renderer: Callable[[RendererSetup], AbstractContextManager[Renderer]]
    judge: Callable[[Artifact, str, JudgeOptions], Judged]
    check_asked: Callable[[Any], None]
    templates: Path | None = None
    lab: Callable[[], Lab] | None = None
    options: Mapping[str, Option] = field(default_factory=dict)
    mini: Path | None = None

    def __post_init__(self) -> None:
        names = [*self.axes, *self.reference_axes, *self.model_axes]
        twice = sorted(name for name, count in Counter(names).items() if count > 1)
        if twice:
            raise ValueError(
                f"domain {self.name!r}: two axes are called {', '.join(map(repr, twice))}; the "
                f"verdict of one would stand for the other's"
            )

    def complete(self, given: Mapping[str, OptionValue] | None) -> dict[str, OptionValue]:
        """The value of every option.

        Args:
          given: name -> value; options that are not named keep their default. None: defaults.

        Raises:
          ValueError: an unknown option, a value of another type or outside its range.
        """
        return completed(self.options, given, f"domain {self.name!r}")

    def weights(self, given: Mapping[str, float] | None) -> dict[str, float]:
        """The weight of every axis.

        Args:
          given: axis -> weight; axes that are not named keep their default. None: defaults.

        Raises:
          ValueError: an unknown axis; a weight that is negative or not finite; weights that sum to
            nothing or to more than a float holds.
        """
        weights = {**self.axes, **self.reference_axes, **self.model_axes}
        for axis, weight in (given or {}).items():
            if axis not in weights:
                raise ValueError(
                    f"axis_weights: unknown axis {axis!r}; domain {self.name!r} has "
                    f"{', '.join(weights)}"
                )
            if not 0 <= weight < math.inf:
                raise ValueError(f"axis_weights.{axis}: {weight} is not a weight; use 0 or more")
            weights[axis] = float(weight)
        if not 0 < sum(weights.values()) < math.inf:
            raise ValueError(
                f"axis_weights: the weights sum to {sum(weights.values()):g}; give at least one of "
                f"{', '.join(weights)} a weight above 0, and none a huge one"
            )
        return weights


def find_domains() -> tuple[str, ...]:
    """The names of the domains that this package holds: its folders with a file domain.py."""
    return tuple(sorted(path.parent.name for path in Path(__file__).parent.glob("*/domain.py")))


@cache
def load_domain(name: str) -> Domain:
    """Import a domain's record.

    Args:
      name: of a domain of this package, or the dotted name of a package elsewhere.

    Raises:
      ValueError: there is no such domain.
    """
    known = find_domains()
    if name not in known and "." not in name:
        raise ValueError(
            f"domain: {name!r} is unknown; known: {', '.join(map(repr, known))}, or the dotted "
            f"name of a package of your own"
        )
    path = f"{__package__}.{name}" if name in known else name
    try:
        module = importlib.import_module(f"{path}.domain")
    except ModuleNotFoundError as error:
        if error.name is None or not f"{path}.domain".startswith(error.name):
            raise
        raise ValueError(f"domain: {name!r} is none: there is no module {error.name!r}") from error
    domain = getattr(module, "DOMAIN", None)
    if not isinstance(domain, Domain):
        raise ValueError(f"domain: {name!r} is none: {path}.domain holds no DOMAIN, a Domain")
    return replace(domain, name=name)
