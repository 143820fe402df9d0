"""Settings -> the parts of an update: optimizer, objective, what is trained, the step itself.

Used with arrays by a run (runs.py) and with shapes by the planner (planning.py), so that what is
planned is what runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import optax

from vsdpo_jax.core.inputs import TrainBatch, TrainState
from vsdpo_jax.core.options import ObjectiveSettings
from vsdpo_jax.core.step import TeacherKind, follow, make_train_step
from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, lora
from vsdpo_jax.run.settings import Settings, SettingsError
from vsdpo_jax.runtime import mesh as meshes
from vsdpo_jax.runtime.optim import make_optimizer

OWN_TEACHER = ("ema", "frozen", "trust_region")
"""Kinds of teacher that keep weights of their own."""


def optimizer(settings: Settings) -> optax.GradientTransformation:
    """The optimizer of ``optim`` over all updates of ``train``."""
    optim = settings.optim
    return make_optimizer(
        learning_rate=optim.learning_rate,
        warmup_steps=optim.warmup_steps,
        num_steps=settings.train.num_updates,
        final_share=optim.final_share,
        b1=optim.b1,
        b2=optim.b2,
        weight_decay=optim.weight_decay,
        grad_clip=optim.grad_clip,
        state_dtype=optim.state_dtype,
        kind=optim.kind,
    )


def optimizer_places(
    optimizer: optax.GradientTransformation, state: Any, params: Any, mesh: jax.sharding.Mesh
) -> Any:
    """Where the optimizer's state lies: a moment like its parameter, everything else everywhere.

    Args:
      optimizer: whose state it is.
      state: its shapes.
      params: what it updates, or shapes; every leaf has its sharding.
      mesh: of the run.
    """
    everywhere = meshes.replicated(mesh)

    def like(leaf: Any, param: Any) -> jax.sharding.Sharding:
        # A factored moment has other shapes than its parameter, and is small.
        return param.sharding if leaf.shape == param.shape else everywhere

    return optax.tree.map_params(
        optimizer, like, state, params, transform_non_params=lambda _: everywhere
    )


def objective(settings: Settings, vocab_size: int) -> ObjectiveSettings:
    """The constants of the objective.

    Args:
      settings: of the run.
      vocab_size: ids that the tokenizer knows.
    """
    chosen = settings.objective
    try:
        return ObjectiveSettings(
            beta=chosen.beta,
            beta_final_share=chosen.beta_final_share,
            num_updates=settings.train.num_updates,
            distill_weight=chosen.distill_weight,
            sft_weight=chosen.sft_weight,
            divergence=chosen.divergence,
            jsd_alpha=chosen.jsd_alpha,
            topk=chosen.topk,
            topk_tail=chosen.topk_tail,
            kl_clip=chosen.kl_clip,
            normalization=chosen.normalization,
            importance=chosen.importance,
            importance_clip=chosen.importance_clip,
            clip_low=chosen.clip_low,
            clip_high=chosen.clip_high,
            clip_dual=chosen.clip_dual,
            aggregation=chosen.aggregation,
            ratio=chosen.ratio,
            mask_truncated=chosen.mask_truncated,
            drop_flat_groups=chosen.drop_flat_groups,
            reference_kl=chosen.reference_kl,
            kl_clamp=chosen.kl_clamp,
            skip_satisfied=chosen.skip_satisfied,
            teacher_entropy=chosen.teacher_entropy,
            pass_rate_weight=chosen.pass_rate_weight,
            temperature=settings.rollout.temperature,
            head_chunk=chosen.head_chunk,
            vocab_size=vocab_size,
        )
    except ValueError as error:
        raise SettingsError(f"config.{str(error).replace('objective: ', 'objective.')}") from None


def lora_settings(settings: Settings) -> lora.LoraSettings:
    """The adapters of ``model``; only where model.lora_rank is above 0.

    Raises:
      SettingsError: a target that is no projection of the model.
    """
    model = settings.model
    try:
        return lora.LoraSettings(
            rank=model.lora_rank, alpha=model.lora_alpha, targets=model.lora_targets
        )
    except ValueError as error:
        raise SettingsError(f"config.model: {error}") from None


def split(key: jax.Array, params: Any, settings: Settings) -> tuple[Any, Any]:
    """(trained, frozen): fresh adapters and all weights, or the weights by model.freeze.

    Args:
      key: of the adapters.
      params: the whole model, or its shapes inside jax.eval_shape.
      settings: of the run.

    Returns:
      frozen is None where everything is trained.

    Raises:
      SettingsError: an unknown part, target or rank.
    """
    try:
        if settings.model.lora_rank:
            return lora.init(key, params, lora_settings(settings)), params
        trained, frozen = lora.partition(params, settings.model.freeze)
    except ValueError as error:
        raise SettingsError(f"config.model: {error}") from None
    return trained, frozen if settings.model.freeze else None


def merge_fn(settings: Settings) -> Callable[[Any, Any], Any] | None:
    """(trained, frozen) -> the model's parameters, inside a jitted function; None: all trained."""
    if settings.model.lora_rank:
        adapters = lora_settings(settings)
        return lambda trained, frozen: lora.attach(frozen, trained, adapters)
    return lora.combine if settings.model.freeze else None


def hidden_fn(settings: Settings, config: Qwen3VLConfig) -> Callable[..., jax.Array]:
    """The model as ``model`` of the settings wants it run."""
    return qwen3_vl.hidden_fn(
        config,
        dtype=jnp.dtype(settings.model.dtype),
        remat=settings.model.remat,
        attention=settings.model.attention,
    )


def head_fn(settings: Settings, config: Qwen3VLConfig) -> Callable[[Any], jax.Array]:
    """params -> head_VD in the type of activations."""
    return lambda params: qwen3_vl.head_VD(params, config).astype(settings.model.dtype)


def update(settings: Settings, config: Qwen3VLConfig, vocab_size: int) -> Callable[..., Any]:
    """core.step's update (state, batch, frozen=None) -> (state, metrics), not jitted yet."""
    return _step(settings, config, objective(settings, vocab_size), settings.teacher.kind)


def sft_update(settings: Settings, config: Qwen3VLConfig, vocab_size: int) -> Callable[..., Any]:
    """The same for updates that imitate the completions of the batch, and nothing else.

    Nobody reads the teacher. Of its own weights an average follows as in every other update, so
    that what comes after SFT is distilled from what SFT has made; those of "frozen" and
    "trust_region" stay the policy before SFT.
    """
    constants = replace(
        objective(settings, vocab_size), beta=0.0, distill_weight=0.0, sft_weight=1.0,
        reference_kl=0.0, beta_final_share=1.0, mask_truncated=False, drop_flat_groups=False,
        skip_satisfied=False, pass_rate_weight=False,
    )  # fmt: skip
    step = _step(settings, config, constants, "none")

    def imitate(state: TrainState, batch: TrainBatch, frozen: Any = None) -> Any:
        own_teacher = state.teacher_params
        state, metrics = step(replace(state, teacher_params=None), batch, frozen)
        if settings.teacher.kind == "ema":
            is_update = (metrics["update/skipped"] == 0) & (metrics["update/empty"] == 0)
            own_teacher = follow(own_teacher, state.params, settings.teacher.ema_rate, is_update)
        return replace(state, teacher_params=own_teacher), metrics

    return imitate


def _step(
    settings: Settings, config: Qwen3VLConfig, constants: ObjectiveSettings, teacher: TeacherKind
) -> Callable[..., Any]:
    is_head_trained = not settings.model.lora_rank and "embeddings" not in settings.model.freeze
    try:
        return make_train_step(
            hidden_fn(settings, config),
            head_fn(settings, config),
            optimizer(settings),
            constants,
            teacher=teacher,
            ema_rate=settings.teacher.ema_rate,
            trust_region_mix=settings.teacher.trust_region_mix,
            baseline_weight=0.0 if teacher == "none" else settings.teacher.baseline_weight,
            num_microbatches=settings.train.num_microbatches,
            merge_fn=merge_fn(settings),
            train_head=is_head_trained,
        )
    except ValueError as error:
        raise SettingsError(f"config: {error}") from None
