"""ConfigDict -> frozen dataclasses. The only reader of a ConfigDict.

A leaf that is unknown, missing, of the wrong type or out of range is an error that names the
leaf, its value and the remedy, before any work starts. Below this file a misspelled setting is a
type error.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from ml_collections import ConfigDict

from vsdpo_jax.domains.base import OptionValue
from vsdpo_jax.domains.prompts import CHANNELS
from vsdpo_jax.run.bounds import (
    Bound,
    above,
    at_least,
    at_most,
    below_one,
    nearest_divisors,
    share,
    usually,
    within,
    zero_or,
)
from vsdpo_jax.run.judge import JudgeSettings
from vsdpo_jax.runtime.trackers import TRACKERS


class SettingsError(ValueError):
    """A setting is wrong. The message names the leaf, its value and what to do."""


Count = Annotated[int, at_least(1)]
Tokens = Annotated[int, at_least(1), at_most(2**20, ": no model reads longer texts")]
Rows = Annotated[int, at_least(1), at_most(2**16, ": an update holds all its rollouts at once")]
LossWeight = Annotated[
    float,
    zero_or(1e-6, 1e4, "off", ": it is compared with the other terms' weights, about 1"),
]
Clip = Annotated[float, at_least(0), at_most(1e6, ", which clips nothing")]
Seed = Annotated[
    int, at_least(0), Bound(lambda seed: seed < 2**32, "use less than 2**32: JAX keeps 32 bits")
]
Dtype = Literal["float32", "bfloat16"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    path: str
    size: str
    dtype: Dtype
    param_dtype: Dtype
    attention: Literal["xla", "cudnn", "splash"]
    max_pixels: Annotated[int, at_least(1024), at_most(2**26, ": an area of 8192 x 8192")]
    remat: bool
    freeze: tuple[str, ...]
    lora_rank: Annotated[int, at_least(0, " (train the weights themselves)")]
    lora_alpha: Annotated[
        float, above(0), within(1e-3, 1e5, ": an adapter's product is scaled by alpha / rank")
    ]
    lora_targets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Data:
    domain: str
    options: Mapping[str, OptionValue]
    train: str
    heldout: str
    root: str
    checked: bool
    num_heldout: Annotated[
        int,
        at_least(2),
        at_most(10_000, ": the standard error of the score is below .5 points then"),
        usually(2, 2000, "each is sampled and drawn twice, about a second and a half in all"),
    ]
    images_per_task: Annotated[int, at_least(0), at_most(64, ": a brief shows each to the model")]
    references: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RolloutSettings:
    prompts_per_step: Rows
    group_size: Rows
    prompt_limit: Tokens
    max_new_tokens: Annotated[Tokens, usually(16, 2**20, "no program is that short")]
    temperature: Annotated[
        float,
        above(0, ": on-policy training needs a sampling distribution"),
        within(0.01, 100, ": below, one token has all the probability; above, all have the same"),
        usually(0.3, 2, "rollouts of a group are nearly the same below 0.3, and noise above 2"),
    ]
    top_k: Annotated[
        int, at_least(0, " (all tokens)"),
        Bound(lambda k: k != 1, "the rollouts of a group are all the same, so that nothing can be "
              "learned from comparing them", is_firm=False),
    ]  # fmt: skip
    top_p: Annotated[
        float,
        above(0),
        share(" (all tokens)"),
        at_least(0.01, ": below, one token is left, and the rollouts of a group are all the same"),
        usually(0.3, 1, "the rollouts of a group are nearly the same"),
    ]
    eval_batch: Rows


@dataclass(frozen=True, kw_only=True, slots=True)
class SandboxSettings:
    num_workers: Annotated[int, at_least(0, " (one per core)")]  # at most: checks.py
    cpu_s: Annotated[
        int,
        at_least(1),
        at_most(3600, ": a program that loops holds its worker that long"),
        usually(1, 60, "a program that loops holds its worker that long; a picture takes 1"),
    ]
    wall_s: Annotated[
        float,
        at_most(86400, ": a program that sleeps holds its worker that long"),
        usually(0, 600, "a program that sleeps holds its worker that long"),
    ]
    memory_mb: Annotated[int, at_least(256), at_most(2**20, " (1 TiB)")]  # 256: the plotting stack
    interpreter: str
    unsafe: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Rubric:
    weights: Mapping[str, Annotated[float, zero_or(1e-6, 1e6, "leaves the axis out")]]
    clip: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Credit:
    alpha: Annotated[
        float,
        at_least(1, " (uniform)"),
        at_most(1000, ": beyond, only the tokens of one statement count at all"),
    ]
    kind: Literal["rendered", "random"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Teacher:
    kind: Literal["live", "ema", "frozen", "trust_region", "none"]
    ema_rate: Annotated[float, share(": 0 is frozen, 1 is live")]
    trust_region_mix: Annotated[float, share(": 0 is frozen, 1 is the student")]
    context: str
    feedback_of: Literal["itself", "another"]
    baseline_weight: Annotated[
        float, zero_or(1e-3, 10, "no baseline", ": at 1 all that any feedback raises is taken off")
    ]
    templates: str
    template_arguments: str
    prompt_limit: Tokens

    def __post_init__(self) -> None:
        for channel in self.channels:
            _require(
                channel in CHANNELS and self.channels.count(channel) == 1,
                "teacher.context", self.context,
                f'use "none", or one or more of {", ".join(CHANNELS)} joined by "+", each once',
            )  # fmt: skip
        try:
            arguments = json.loads(self.template_arguments)
        except json.JSONDecodeError as error:
            arguments = error
        _require(
            isinstance(arguments, dict), "teacher.template_arguments", self.template_arguments,
            "use a JSON object, like '{\"enable_thinking\": true}', or '{}' for none",
        )  # fmt: skip
        if self.baseline_weight:
            self._check_baseline()

    def _check_baseline(self) -> None:
        for leaf, value, is_good, remedy in (
            ("kind", self.kind, self.kind != "none", "there is no teacher to take it off"),
            ("context", self.context, self.channels, "there is no feedback to take it off"),
            ("feedback_of", self.feedback_of, self.feedback_of == "itself",
             "another's feedback less another's is nothing that can be learned"),
        ):  # fmt: skip
            _require(
                bool(is_good), "teacher.baseline_weight", self.baseline_weight,
                f"teacher.{leaf} is {value!r}, so that {remedy}; use 0",
            )  # fmt: skip

    @property
    def chat_arguments(self) -> dict[str, Any]:
        """What the chat template is told of the teacher's prompts beyond the messages."""
        return json.loads(self.template_arguments)

    @property
    def channels(self) -> tuple[str, ...]:
        """What the teacher reads besides the prompt; empty for "none"."""
        return () if self.context == "none" else tuple(self.context.split("+"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Objective:
    distill_weight: LossWeight
    divergence: Literal["full", "topk", "sampled"]
    jsd_alpha: Annotated[float, share(": 0 is KL(T||S), 1 is KL(S||T)")]
    topk: Count  # at most the vocabulary: checks.py
    topk_tail: bool
    kl_clip: Annotated[
        float,
        zero_or(1e-6, 1e4, "off", " nats: below, every term is cut and nothing is learned from it"),
    ]
    normalization: Literal["rollout", "batch"]
    importance: Literal["none", "stale", "context", "both"]
    importance_clip: Annotated[float, at_least(1), at_most(1e6, ", which clips nothing")]
    beta: Annotated[
        float, zero_or(1e-6, 1e4, "no GRPO", ": it is compared with the divergence's weight, 1")
    ]
    beta_final_share: Annotated[
        float,
        within(0, 10, ": beta ends at this share of itself"),
        usually(0, 1, "beta grows instead of fading"),
    ]
    clip_low: Annotated[float, below_one()]
    clip_high: Clip
    clip_dual: Clip
    ratio: Literal["token", "sequence"]
    aggregation: Literal["sequence_mean", "token_mean", "constant_length"]
    normalize_std: bool
    mask_truncated: bool
    drop_flat_groups: bool
    reference_kl: LossWeight
    sft_weight: LossWeight
    kl_clamp: Annotated[
        float, zero_or(1e-3, 1e4, "off", " nats: a token beyond the clamp has no gradient"),
        Bound(lambda nats: nats == 0 or nats >= 0.01, "nearly every token lies beyond that and has "
              "no gradient", is_firm=False),
    ]  # fmt: skip
    skip_satisfied: bool
    teacher_entropy: bool
    pass_rate_weight: bool
    head_chunk: Annotated[
        int,
        at_least(1),
        at_most(2**24, ": more tokens than a batch has are one chunk"),
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Optim:
    kind: Literal["adamw", "adafactor"]
    state_dtype: Dtype
    learning_rate: Annotated[
        float,
        at_least(0),
        at_most(1, ": an update moves every weight by about the rate"),
        usually(1e-9, 0.1, "weights of about 0.02 do not move, or are overwritten, at this rate"),
    ]
    warmup_steps: Annotated[int, at_least(0)]
    final_share: Annotated[float, share(" (constant rate)")]
    weight_decay: Annotated[float, at_least(0)]
    b1: Annotated[float, below_one(), at_most(0.9999, ": an average of 10,000 updates")]
    b2: Annotated[float, below_one(), at_most(0.99999, ": an average of 100,000 updates")]
    grad_clip: Annotated[
        float,
        above(0),
        at_least(1e-4, ": below, what is left drowns in the optimizer's epsilon"),
        usually(0.01, 1e30, "what is left of a gradient comes near the optimizer's epsilon, 1e-8"),
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Train:
    num_steps: Annotated[int, at_least(0), at_most(10**7, ": a run of months")]
    num_microbatches: Count
    epochs_per_batch: Annotated[
        int,
        at_least(1),
        at_most(64, ": the rollouts are those of another policy by then"),
        usually(1, 8, "the rollouts are those of another policy after a few updates"),
    ]
    warm_up_steps: Annotated[int, at_least(-1, " (all steps)")]
    checkpoint_every: Count
    keep_checkpoints: Count
    keep_best: Annotated[int, at_least(0, " (none for its reward)")]
    async_checkpoints: bool
    stop_within_s: Annotated[float, above(0), at_most(86400, ": no scheduler waits that long")]
    warn_drop: Annotated[float, at_least(0)]

    @property
    def num_imitating(self) -> int:
        """Steps of the run that imitate reference programs; they are the first ones."""
        return self.num_steps if self.warm_up_steps < 0 else min(self.warm_up_steps, self.num_steps)

    @property
    def num_updates(self) -> int:
        """Updates of the run: one of a step that imitates, epochs_per_batch of every other."""
        return self.num_imitating + (self.num_steps - self.num_imitating) * self.epochs_per_batch

    def next_step(self, updates: int) -> int:
        """The step that comes after so many updates, which whole steps have made."""
        imitating = min(updates, self.num_imitating)
        return imitating + (updates - imitating) // self.epochs_per_batch


@dataclass(frozen=True, kw_only=True, slots=True)
class Mesh:
    data: int
    fsdp: int
    tensor: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Log:
    episode_images: Annotated[int, at_least(0)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """One experiment. configs/base.py says what every leaf means and why it has its value."""

    seed: Seed
    distributed: Literal["env", "auto"]
    trackers: str
    model: Model
    data: Data
    rollout: RolloutSettings
    sandbox: SandboxSettings
    rubric: Rubric
    judge: JudgeSettings
    credit: Credit
    teacher: Teacher
    objective: Objective
    optim: Optim
    train: Train
    mesh: Mesh
    log: Log

    @property
    def tracker_names(self) -> tuple[str, ...]:
        """Places that show the run; empty for "none"."""
        return () if self.trackers == "none" else tuple(self.trackers.split("+"))

    @property
    def num_rows(self) -> int:
        """Rollouts of a step."""
        return self.rollout.prompts_per_step * self.rollout.group_size

    def num_images(self, reader: Literal["student", "teacher"]) -> int:
        """Places for pictures in a prompt of the student or the teacher; 0 without that reader."""
        if reader == "teacher" and self.teacher.kind == "none":
            return 0
        own = int(reader == "teacher" and "image" in self.teacher.channels)
        return self.data.images_per_task + own

    def __post_init__(self) -> None:
        """What two leaves have to agree on."""
        rows = self.num_rows
        for name in self.tracker_names:
            _require(
                name in TRACKERS and self.tracker_names.count(name) == 1, "trackers", self.trackers,
                f'use "none", or one or more of {", ".join(TRACKERS)} joined by "+", each once',
            )  # fmt: skip
        _require(
            self.sandbox.wall_s > self.sandbox.cpu_s, "sandbox.wall_s", self.sandbox.wall_s,
            f"use more than sandbox.cpu_s ({self.sandbox.cpu_s}): the wall clock is the backstop",
        )  # fmt: skip
        _require(
            rows % self.train.num_microbatches == 0,
            "train.num_microbatches", self.train.num_microbatches,
            f"use a divisor of the batch, which has {rows} rows: "
            f"{nearest_divisors(rows, self.train.num_microbatches)}",
        )  # fmt: skip
        _require(
            self.model.param_dtype == "float32" or self.model.lora_rank > 0,
            "model.param_dtype", self.model.param_dtype,
            "updates are smaller than the gaps between bfloat16 numbers and would be lost: use "
            '"float32", or train adapters (model.lora_rank)',
        )  # fmt: skip
        _require(
            self.rollout.group_size >= 2 or self.objective.beta == 0,
            "rollout.group_size", self.rollout.group_size,
            "GRPO compares rollouts of a group: use 2 or more, or objective.beta = 0",
        )  # fmt: skip
        _require(
            self.rollout.group_size >= 2 or not self.objective.pass_rate_weight,
            "rollout.group_size", self.rollout.group_size,
            "the pass rate of one rollout is 0 or 1, so that all weights are 0: use 2 or more, or "
            "objective.pass_rate_weight = False",
        )  # fmt: skip
        _require(
            self.rollout.group_size >= 2 or "sibling" not in self.teacher.channels,
            "rollout.group_size", self.rollout.group_size,
            "a rollout alone has no sibling to learn from: use 2 or more, or leave \"sibling\" out "
            "of teacher.context",
        )  # fmt: skip
        _require(
            self.rollout.prompts_per_step >= 2 or self.teacher.feedback_of == "itself",
            "rollout.prompts_per_step", self.rollout.prompts_per_step,
            "there is no other prompt whose feedback the teacher could read: use 2 or more, or "
            'teacher.feedback_of = "itself"',
        )  # fmt: skip
        decay = self.optim.learning_rate * self.optim.weight_decay
        _require(
            decay < 1, "optim.weight_decay", self.optim.weight_decay,
            f"an update multiplies the weights by 1 - {decay:.3g}: use less than "
            "1 / optim.learning_rate",
        )  # fmt: skip
        _require(
            self.rollout.prompts_per_step >= 2 or not self.teacher.baseline_weight,
            "rollout.prompts_per_step", self.rollout.prompts_per_step,
            "there is no other prompt whose feedback could be the baseline: use 2 or more, or "
            "teacher.baseline_weight = 0",
        )  # fmt: skip
        _require(
            self.teacher.prompt_limit >= self.rollout.prompt_limit,
            "teacher.prompt_limit", self.teacher.prompt_limit,
            f"use at least rollout.prompt_limit ({self.rollout.prompt_limit}): the teacher reads "
            "the prompt and the feedback",
        )  # fmt: skip


def from_config(config: ConfigDict) -> Settings:
    """The settings of ``config``.

    Raises:
      SettingsError: unknown, missing, ill-typed or impossible leaves; the first one found.
    """
    return _build(Settings, config.to_dict(), "")


def to_dict(settings: Settings) -> dict[str, Any]:
    """The resolved settings as a JSON-able dict: the whole truth about a run."""
    return dataclasses.asdict(settings)


def _require(condition: bool, leaf: str, value: Any, remedy: str) -> None:
    if not condition:
        raise SettingsError(f"config.{leaf} = {value!r}: {remedy}")


def _build(cls: type, values: dict[str, Any], prefix: str) -> Any:
    hints = get_type_hints(cls, include_extras=True)
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
    """``value`` as ``hint`` wants it, or the error."""
    if dataclasses.is_dataclass(hint):
        _require(isinstance(value, dict), leaf, value, "this is a group of settings")
        return _build(hint, value, leaf + ".")  # type: ignore[arg-type]  # is_dataclass(type) holds
    if get_origin(hint) is Annotated:
        kind, *bounds = get_args(hint)
        value = _leaf(kind, value, leaf)
        for bound in bounds:
            _require(bound.holds(value) or not bound.is_firm, leaf, value, bound.remedy)
        return value
    if get_origin(hint) is Literal:
        _require(value in get_args(hint), leaf, value, f"use one of {', '.join(get_args(hint))}")
        return value
    if get_origin(hint) is Mapping:
        _require(isinstance(value, dict), leaf, value, "use a dict")
        kind = get_args(hint)[1]
        return {str(key): _leaf(kind, item, f"{leaf}.{key}") for key, item in value.items()}
    if get_origin(hint) is tuple:
        _require(isinstance(value, list | tuple), leaf, value, "use a tuple of names")
        return tuple(_leaf(str, item, leaf) for item in value)
    if hint == OptionValue:
        _require(type(value) in get_args(hint), leaf, value, "use a number, a text or a boolean")
        return value
    if hint is float and type(value) is int:
        value = float(value)
    _require(type(value) is hint, leaf, value, f"use a value of type {hint.__name__}")
    _require(hint is not float or math.isfinite(value), leaf, value, "use a finite number")
    return value
