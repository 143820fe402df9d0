"""ConfigDict -> frozen dataclasses. The only reader of a ConfigDict.

A leaf that is unknown, missing, of the wrong type or out of range is an error that names the
leaf, its value and the remedy, before any work starts. Below this file a misspelled setting is a
type error.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from ml_collections import ConfigDict


class SettingsError(ValueError):
    """A setting is wrong. The message names the leaf, its value and what to do."""


def _require(condition: bool, leaf: str, value: Any, remedy: str) -> None:
    if not condition:
        raise SettingsError(f"config.{leaf} = {value!r}: {remedy}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    path: str
    remat: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Data:
    domain: str
    train: str
    heldout: str
    num_heldout: int

    def __post_init__(self) -> None:
        _require(self.num_heldout >= 2, "data.num_heldout", self.num_heldout, "use 2 or more")


@dataclass(frozen=True, kw_only=True, slots=True)
class RolloutSettings:
    prompts_per_step: int
    group_size: int
    prompt_limit: int
    max_new_tokens: int
    temperature: float
    eval_batch: int

    def __post_init__(self) -> None:
        for name in (
            "prompts_per_step",
            "group_size",
            "prompt_limit",
            "max_new_tokens",
            "eval_batch",
        ):
            _require(
                getattr(self, name) >= 1, f"rollout.{name}", getattr(self, name), "use 1 or more"
            )
        _require(
            self.temperature > 0,
            "rollout.temperature",
            self.temperature,
            "use a number above 0: on-policy training needs a sampling distribution",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SandboxSettings:
    num_workers: int
    cpu_s: int
    wall_s: float
    memory_mb: int
    interpreter: str
    unsafe: bool

    def __post_init__(self) -> None:
        _require(
            self.num_workers >= 0,
            "sandbox.num_workers",
            self.num_workers,
            "use 0 (one per core) or more",
        )
        _require(self.cpu_s >= 1, "sandbox.cpu_s", self.cpu_s, "use 1 or more")
        _require(
            self.wall_s > self.cpu_s,
            "sandbox.wall_s",
            self.wall_s,
            f"use more than sandbox.cpu_s ({self.cpu_s}): the wall clock is the backstop",
        )
        _require(
            self.memory_mb >= 256,
            "sandbox.memory_mb",
            self.memory_mb,
            "use 256 or more: the plotting stack alone needs that",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Rubric:
    weights: Mapping[str, float]

    def __post_init__(self) -> None:
        for axis, weight in self.weights.items():
            _require(weight >= 0, f"rubric.weights.{axis}", weight, "use 0 or more")


@dataclass(frozen=True, kw_only=True, slots=True)
class Credit:
    alpha: float

    def __post_init__(self) -> None:
        _require(self.alpha >= 1, "credit.alpha", self.alpha, "use 1 (uniform) or more (Eq. 5)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Teacher:
    kind: Literal["live", "ema", "frozen"]
    ema_rate: float
    context: Literal["rubric", "none"]
    templates: str
    prompt_limit: int

    def __post_init__(self) -> None:
        _require(
            0 <= self.ema_rate <= 1,
            "teacher.ema_rate",
            self.ema_rate,
            "use a share between 0 (frozen) and 1 (live)",
        )
        _require(self.prompt_limit >= 1, "teacher.prompt_limit", self.prompt_limit, "use 1 or more")


@dataclass(frozen=True, kw_only=True, slots=True)
class Objective:
    beta: float
    clip_low: float
    clip_high: float
    aggregation: Literal["sequence_mean", "token_mean"]
    normalize_std: bool
    importance: Literal["none", "stale", "context", "both"]
    head_chunk: int

    def __post_init__(self) -> None:
        _require(self.beta >= 0, "objective.beta", self.beta, "use 0 (no GRPO) or more")
        _require(0 <= self.clip_low < 1, "objective.clip_low", self.clip_low, "use [0, 1)")
        _require(self.clip_high >= 0, "objective.clip_high", self.clip_high, "use 0 or more")
        _require(self.head_chunk >= 1, "objective.head_chunk", self.head_chunk, "use 1 or more")


@dataclass(frozen=True, kw_only=True, slots=True)
class Optim:
    learning_rate: float
    warmup_steps: int
    final_share: float
    weight_decay: float
    b1: float
    b2: float
    grad_clip: float

    def __post_init__(self) -> None:
        _require(
            self.learning_rate >= 0, "optim.learning_rate", self.learning_rate, "use 0 or more"
        )
        _require(self.warmup_steps >= 0, "optim.warmup_steps", self.warmup_steps, "use 0 or more")
        _require(
            0 <= self.final_share <= 1,
            "optim.final_share",
            self.final_share,
            "use a share between 0 and 1 (constant rate)",
        )
        _require(self.weight_decay >= 0, "optim.weight_decay", self.weight_decay, "use 0 or more")
        for name in ("b1", "b2"):
            _require(
                0 <= getattr(self, name) < 1, f"optim.{name}", getattr(self, name), "use [0, 1)"
            )
        _require(self.grad_clip > 0, "optim.grad_clip", self.grad_clip, "use a number above 0")


@dataclass(frozen=True, kw_only=True, slots=True)
class Train:
    num_steps: int
    num_microbatches: int
    checkpoint_every: int
    keep_checkpoints: int
    warn_drop: float

    def __post_init__(self) -> None:
        _require(self.num_steps >= 0, "train.num_steps", self.num_steps, "use 0 or more")
        for name in ("num_microbatches", "checkpoint_every", "keep_checkpoints"):
            _require(
                getattr(self, name) >= 1, f"train.{name}", getattr(self, name), "use 1 or more"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Mesh:
    data: int
    fsdp: int
    tensor: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Log:
    episode_images: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """One experiment. configs/base.py says what every leaf means and why it has its value."""

    seed: int
    model: Model
    data: Data
    rollout: RolloutSettings
    sandbox: SandboxSettings
    rubric: Rubric
    credit: Credit
    teacher: Teacher
    objective: Objective
    optim: Optim
    train: Train
    mesh: Mesh
    log: Log

    def __post_init__(self) -> None:
        rows = self.rollout.prompts_per_step * self.rollout.group_size
        _require(
            rows % self.train.num_microbatches == 0,
            "train.num_microbatches",
            self.train.num_microbatches,
            f"use a divisor of the batch, which has {rows} rows",
        )
        _require(
            self.rollout.group_size >= 2 or self.objective.beta == 0,
            "rollout.group_size",
            self.rollout.group_size,
            "GRPO compares rollouts of a group: use 2 or more, or objective.beta = 0",
        )
        _require(
            self.teacher.prompt_limit >= self.rollout.prompt_limit,
            "teacher.prompt_limit",
            self.teacher.prompt_limit,
            "use at least rollout.prompt_limit "
            f"({self.rollout.prompt_limit}): the teacher reads the prompt and the feedback",
        )


def from_config(config: ConfigDict) -> Settings:
    """The settings of ``config``.

    Raises:
      SettingsError: unknown, missing, ill-typed or impossible leaves; the first one found.
    """
    return _build(Settings, config.to_dict(), "")


def to_dict(settings: Settings) -> dict[str, Any]:
    """The resolved settings as a JSON-able dict: the whole truth about a run."""
    return dataclasses.asdict(settings)


def _build(cls: type, values: dict[str, Any], prefix: str) -> Any:
    hints = get_type_hints(cls)
    for name in values:
        if name not in hints:
            near = difflib.get_close_matches(name, hints, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"known: {', '.join(hints)}"
            raise SettingsError(
                f"config.{prefix}{name} = {values[name]!r}: no such setting; {hint}"
            )
    missing = [name for name in hints if name not in values]
    if missing:
        raise SettingsError(
            f"config.{prefix}{missing[0]} is missing: start your config from configs/base.py, "
            "which lists every leaf"
        )
    return cls(**{name: _leaf(hints[name], values[name], prefix + name) for name in hints})


def _leaf(hint: Any, value: Any, leaf: str) -> Any:
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise SettingsError(f"config.{leaf} = {value!r}: this is a group of settings")
        return _build(hint, value, leaf + ".")  # type: ignore[arg-type]  # is_dataclass(type) holds
    if get_origin(hint) is Literal:
        _require(value in get_args(hint), leaf, value, f"use one of {', '.join(get_args(hint))}")
        return value
    if get_origin(hint) is Mapping:
        _require(isinstance(value, dict), leaf, value, "use a dict of numbers")
        return {str(key): _leaf(float, item, f"{leaf}.{key}") for key, item in value.items()}
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    _require(type(value) is hint, leaf, value, f"use a value of type {hint.__name__}")
    if hint is float:
        _require(value == value and abs(value) != float("inf"), leaf, value, "use a finite number")
    return value
