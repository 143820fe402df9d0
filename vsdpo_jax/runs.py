"""Opening a run: settings in, everything that the stages need out. Impure; called once.

Holds the model, tokenizer, tasks, render workers, mesh and jitted step of a run, and turns what
its loop learned into metrics. The algorithm is in train.py.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl import app, logging

from vsdpo_jax.core import step as core_step
from vsdpo_jax.core.objective import ObjectiveSettings
from vsdpo_jax.data.tasks import TaskFileError, TaskSource, open_tasks
from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.domains.pool import RenderPool
from vsdpo_jax.domains.prompts import TemplateError
from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import weights
from vsdpo_jax.models.qwen3_vl.config import ConfigError, Qwen3VLConfig
from vsdpo_jax.models.qwen3_vl.weights import WeightsError
from vsdpo_jax.records import Rollout
from vsdpo_jax.rollout import batch as batches
from vsdpo_jax.rollout.batch import PromptTooLongError
from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.rollout.sampler import Sampler
from vsdpo_jax.runtime import mesh as meshes
from vsdpo_jax.runtime.episodes import Sample
from vsdpo_jax.runtime.workdir import WorkdirError
from vsdpo_jax.sandbox import Limits, SandboxUnavailable
from vsdpo_jax.settings import Settings, SettingsError

MINI = Path(__file__).parent / "lab" / "mini"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Run:
    """What the stages of one run share. Nothing in it changes while the run goes on."""

    settings: Settings
    config: Qwen3VLConfig
    processor: Processor
    tasks: TaskSource
    pool: RenderPool
    sampler: Sampler
    mesh: jax.sharding.Mesh
    initial_params: Any
    optimizer: optax.GradientTransformation
    train_step: Callable[[Any, Any], tuple[Any, dict[str, jax.Array]]]
    root_key: jax.Array

    def fresh_state(self) -> core_step.TrainState:
        """The state before the first update, in arrays of its own: the step donates them."""
        return make_state(
            self.initial_params, self.optimizer, self.mesh,
            has_teacher=self.settings.teacher.kind != "live",
        )  # fmt: skip

    def make_batch(
        self,
        prompt_ids: Sequence[np.ndarray],
        teacher_ids: Sequence[np.ndarray],
        rollouts: Sequence[Rollout],
        weights_T: Sequence[np.ndarray],
        advantage_B: np.ndarray,
        kept_B: np.ndarray,
    ) -> core_step.TrainBatch:
        """The arrays of one update, padded to the static shapes of the settings and sharded."""
        arrays = batches.build_train_batch(
            prompt_ids=[prompt_ids[rollout.group_id] for rollout in rollouts],
            teacher_prompt_ids=list(teacher_ids),
            completion_ids=[rollout.tokens_T for rollout in rollouts],
            behaviour_logp=[rollout.logp_T for rollout in rollouts],
            weights=list(weights_T),
            advantages=advantage_B,
            has_teacher=kept_B,
            sample_mask=kept_B,
            prompt_limit=self.settings.rollout.prompt_limit,
            teacher_prompt_limit=self.settings.teacher.prompt_limit,
            max_new_tokens=self.settings.rollout.max_new_tokens,
            pad_id=self.processor.pad_id,
        )
        return meshes.shard_batch(core_step.TrainBatch(**arrays), self.mesh)


@contextlib.contextmanager
def open_run(settings: Settings) -> Iterator[Run]:
    """Check everything that can be checked, then load, compile lazily and start the workers.

    Raises:
      SettingsError, TaskFileError, ...: what is wrong, before any work starts.
    """
    load_domain(settings.data.domain)
    folder = MINI if settings.model.path == "mini" else Path(settings.model.path)
    if not folder.is_dir():
        raise SettingsError(
            f"config.model.path = {settings.model.path!r}: no such folder; give the folder of a "
            'Qwen3-VL checkpoint in Hugging Face format, or "mini"'
        )
    tasks = open_tasks(
        domain=settings.data.domain,
        train=settings.data.train,
        heldout=settings.data.heldout,
        num_heldout=settings.data.num_heldout,
        seed=settings.seed,
    )
    try:
        mesh = meshes.make_mesh(
            data=settings.mesh.data, fsdp=settings.mesh.fsdp, tensor=settings.mesh.tensor
        )
    except ValueError as error:
        raise SettingsError(f"config.{error}") from None
    processor = Processor(folder)
    params, config = weights.load(folder)
    params = meshes.shard_params(params, mesh)
    optimizer = make_optimizer(settings)
    with RenderPool(
        domain=settings.data.domain,
        num_workers=settings.sandbox.num_workers or None,
        limits=Limits(
            cpu_s=settings.sandbox.cpu_s,
            wall_s=settings.sandbox.wall_s,
            memory_bytes=settings.sandbox.memory_mb << 20,
        ),
        interpreter=settings.sandbox.interpreter or None,
        unsafe=settings.sandbox.unsafe,
        axis_weights=dict(settings.rubric.weights),
    ) as pool:
        yield Run(
            settings=settings,
            config=config,
            processor=processor,
            tasks=tasks,
            pool=pool,
            sampler=Sampler(
                config,
                max_new_tokens=settings.rollout.max_new_tokens,
                stop_ids=processor.stop_ids,
                pad_id=processor.pad_id,
                vocab_size=processor.vocab_size,
            ),
            mesh=mesh,
            initial_params=params,
            optimizer=optimizer,
            train_step=make_train_step(
                settings,
                config,
                processor,
                optimizer,
                make_state(params, optimizer, mesh, has_teacher=settings.teacher.kind != "live"),
            ),
            root_key=jax.random.key(settings.seed),
        )


def make_optimizer(settings: Settings) -> optax.GradientTransformation:
    """AdamW after clipping by the global norm; linear warm-up, then linear decay."""
    optim = settings.optim
    decay_steps = max(settings.train.num_steps - optim.warmup_steps, 1)
    schedule = optax.schedules.join_schedules(
        [
            optax.schedules.linear_schedule(
                optim.learning_rate / (optim.warmup_steps + 1),
                optim.learning_rate,
                optim.warmup_steps,
            ),
            optax.schedules.linear_schedule(
                optim.learning_rate, optim.learning_rate * optim.final_share, decay_steps
            ),
        ],
        [optim.warmup_steps],
    )
    return optax.chain(
        optax.clip_by_global_norm(optim.grad_clip),
        optax.adamw(schedule, b1=optim.b1, b2=optim.b2, weight_decay=optim.weight_decay),
    )


def make_state(
    params: Any, optimizer: optax.GradientTransformation, mesh: jax.sharding.Mesh, *,
    has_teacher: bool,
) -> core_step.TrainState:  # fmt: skip
    """A state at step 0 in arrays of its own, every leaf placed on the mesh."""
    everywhere = meshes.replicated(mesh)

    def place(leaf: jax.Array) -> jax.Array:
        is_placed = isinstance(leaf.sharding, jax.sharding.NamedSharding)
        return leaf if is_placed else jax.device_put(leaf, everywhere)

    own = jax.tree.map(jnp.copy, params)
    return core_step.TrainState(
        params=own,
        opt_state=jax.tree.map(place, optimizer.init(own)),
        step=jax.device_put(jnp.zeros((), jnp.int32), everywhere),
        teacher_params=jax.tree.map(jnp.copy, params) if has_teacher else None,
    )


def make_train_step(
    settings: Settings,
    config: Qwen3VLConfig,
    processor: Processor,
    optimizer: optax.GradientTransformation,
    state: core_step.TrainState,
) -> Callable[[Any, Any], tuple[Any, dict[str, jax.Array]]]:
    """The jitted update of this run (core/step.py), the old state donated.

    The new state lies where ``state`` does; left to the compiler it could move after the first
    update, and the step would be compiled again.
    """
    objective = settings.objective
    step = core_step.make_train_step(
        qwen3_vl.hidden_fn(config, remat=settings.model.remat),
        lambda params: qwen3_vl.head_VD(params, config),
        optimizer,
        ObjectiveSettings(
            beta=objective.beta,
            clip_low=objective.clip_low,
            clip_high=objective.clip_high,
            aggregation=objective.aggregation,
            importance=objective.importance,
            temperature=settings.rollout.temperature,
            head_chunk=objective.head_chunk,
            vocab_size=processor.vocab_size,
        ),
        teacher=settings.teacher.kind,
        ema_rate=settings.teacher.ema_rate,
        num_microbatches=settings.train.num_microbatches,
    )
    places = jax.tree.map(lambda leaf: leaf.sharding, state)
    return jax.jit(step, donate_argnums=0, out_shardings=(places, None))


def step_metrics(
    samples: Sequence[Sample],
    device_metrics: dict[str, Any],
    seconds: dict[str, float],
    num_compiles: int,
) -> dict[str, float]:
    """One row of metrics.jsonl: the host's view of a step beside the device's."""
    kept = [sample for sample in samples if not sample.judged.diagnosis.masked]
    rewards: dict[int, list[float]] = {}
    for sample in kept:
        rewards.setdefault(sample.rollout.group_id, []).append(sample.judged.diagnosis.reward)
    lengths = np.array([len(sample.rollout.tokens_T) for sample in samples])
    weights_T = np.concatenate([sample.weight_T for sample in samples])
    row = {
        "reward": _mean(sample.judged.diagnosis.reward for sample in kept),
        "exec_rate": _mean(sample.judged.diagnosis.r_exec for sample in kept),
        **{f"axis/{axis}": rate for axis, rate in axis_rates(samples).items()},
        "groups/flat_fraction": _mean(float(np.ptp(group) < 1e-6) for group in rewards.values()),
        "samples/masked": float(len(samples) - len(kept)),
        "length/mean": float(lengths.mean()),
        "length/max": float(lengths.max()),
        "length/truncated": _mean(sample.rollout.stop_reason == "length" for sample in samples),
        "weight/mean": float(weights_T.mean()),
        "weight/credited_fraction": float((weights_T > 1).mean()),
        **_histogram("weight", weights_T),
        **{name: float(value) for name, value in device_metrics.items()},
        **{f"seconds/{name}": value for name, value in seconds.items()},
        "tokens_per_second": float(lengths.sum() / max(sum(seconds.values()), 1e-9)),
        "sampler/compiles": float(num_compiles),
    }
    return row


def axis_rates(samples: Sequence[Sample]) -> dict[str, float]:
    """Axis -> share of the rollouts that satisfy it; what failed to run satisfies nothing."""
    kept = [sample.judged.diagnosis for sample in samples if not sample.judged.diagnosis.masked]
    axes = dict.fromkeys(axis for diagnosis in kept for axis in diagnosis.rubric)
    return {axis: _mean(diagnosis.rubric.get(axis, False) for diagnosis in kept) for axis in axes}


class Watch:
    """Warns when execution or content falls: reward can be won by saying less.

    A step has few rollouts, so its rates are noisy; a slow average is compared with the highest it
    has been. A warning is given again only after a further fall.
    """

    WARM_UP = 4  # steps until the average means something
    KEEP = 0.8  # share of the old average: a memory of about five steps

    def __init__(self, drop: float):
        self._drop = drop
        self._seen: dict[str, int] = {}
        self._average: dict[str, float] = {}
        self._high: dict[str, float] = {}

    def look(self, row: dict[str, float]) -> list[str]:
        """Sentences about what fell in this row."""
        warnings = []
        for name in ("exec_rate", "axis/content"):
            value = row.get(name, float("nan"))
            if value != value:
                continue
            self._seen[name] = self._seen.get(name, 0) + 1
            old = self._average.get(name, value)
            average = self._average[name] = self.KEEP * old + (1 - self.KEEP) * value
            if self._seen[name] < self.WARM_UP:
                continue
            high = self._high.get(name, average)
            if average < high - self._drop:
                warnings.append(
                    f"{name} fell from {high:.2f} to {average:.2f}: is the policy drifting?"
                )
                high = average
            self._high[name] = max(high, average)
        return warnings


def _histogram(name: str, values: np.ndarray) -> dict[str, float]:
    quantiles = np.quantile(values, [0.1, 0.5, 0.9, 0.99])
    return {
        f"{name}/q{q}": float(x) for q, x in zip(("10", "50", "90", "99"), quantiles, strict=True)
    }


def _mean(values: Any) -> float:
    numbers = [float(value) for value in values]
    return float(np.mean(numbers)) if numbers else float("nan")


USER_ERRORS = (
    SettingsError, TaskFileError, TemplateError, WorkdirError, ConfigError, WeightsError,
    PromptTooLongError, SandboxUnavailable, FileNotFoundError,
)  # fmt: skip
"""What a user can mend; their messages say how."""


def run_command(main: Callable[[list[str]], None]) -> None:
    """Run a command; what a user can mend ends in one sentence instead of a trace."""

    def guarded(argv: list[str]) -> None:
        logging.set_verbosity(logging.WARNING)  # Orbax tells every step of a save
        jax.config.update("jax_compilation_cache_dir", str(Path.home() / ".cache" / "vsdpo_jax"))
        try:
            main(argv)
        except USER_ERRORS as error:
            sys.stderr.write(f"error: {error}\n")
            sys.exit(2)
        except KeyboardInterrupt:
            sys.stderr.write("interrupted; the same command goes on from the last checkpoint\n")
            sys.exit(130)

    app.run(guarded)
