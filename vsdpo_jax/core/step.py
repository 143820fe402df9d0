"""One update: forward twice, compare, descend. Serves every method; what is off costs nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import jax
import jax.numpy as jnp
import optax

from vsdpo_jax.core import objective
from vsdpo_jax.core.diagnostics import rollout_metrics, token_metrics
from vsdpo_jax.core.forward import (
    HeadFn,
    HiddenFn,
    Models,
    Teacher,
    compare,
    completion_hidden,
    hear_teacher,
    join,
    split,
)
from vsdpo_jax.core.head import HeadOut
from vsdpo_jax.core.inputs import (
    Masks,
    Tokens,
    TrainBatch,
    TrainState,
    check_batch,
    check_shapes,
    masks_of,
    or_zeros,
)
from vsdpo_jax.core.options import ObjectiveSettings

__all__ = [
    "HeadFn",
    "HiddenFn",
    "TeacherKind",
    "TrainBatch",
    "TrainState",
    "check_shapes",
    "completion_hidden",
    "follow",
    "make_train_step",
]

TeacherKind = Literal["frozen", "live", "ema", "trust_region", "none"]
MergeFn = Callable[[Any, Any], Any]
"""(trained weights, frozen weights) -> params."""
_WITH_OWN_WEIGHTS = ("frozen", "ema", "trust_region")


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What is known when compiling."""

    models: Models
    settings: ObjectiveSettings
    teacher: TeacherKind
    trust_region_mix: float
    baseline_weight: float
    num_microbatches: int
    merge_fn: MergeFn | None
    train_head: bool

    def merge(self, trained: Any, frozen: Any) -> Any:
        return trained if self.merge_fn is None else self.merge_fn(trained, frozen)


def make_train_step(
    hidden_fn: HiddenFn,
    head_fn: HeadFn,
    optimizer: optax.GradientTransformation,
    settings: ObjectiveSettings,
    *,
    teacher: TeacherKind,
    ema_rate: float = 0.05,
    trust_region_mix: float = 0.05,
    baseline_weight: float = 0.0,
    num_microbatches: int = 1,
    merge_fn: MergeFn | None = None,
    train_head: bool = True,
) -> Callable[..., tuple[TrainState, dict[str, jax.Array]]]:
    """The update of Eq. 7, to be jitted with the state donated.

    Args:
      hidden_fn, head_fn: the model.
      optimizer: gets float32 gradients of the loss of the whole batch, unclipped.
      settings: constants of the objective.
      teacher: whose distribution is distilled. "live": the current weights (the paper's);
        "frozen": state.teacher_params as they are; "ema": state.teacher_params, moved towards the
        new parameters after each update; "trust_region": the logits of frozen
        state.teacher_params, mixed with those of the current weights on the same context (arXiv
        2601.20802); "none": no teacher pass, L_VSDPO = 0.
      ema_rate: teacher <- (1 - ema_rate) * teacher + ema_rate * params, for "ema".
      trust_region_mix: share of the current weights' logits, for "trust_region".
      baseline_weight: how much of what feedback on another rollout raises is taken off the teacher
        (after CREDIT, arXiv 2605.11613), see forward.hear_teacher; 0: nothing, at no cost.
      num_microbatches: the batch is worked off in that many parts; memory falls, results stay.
      merge_fn: for training a part of the weights or adapters. state.params, teacher_params and
        the optimizer's state then hold the trained part alone, and params are
        merge_fn(state.params, frozen). A frozen teacher of adapters is the base with the initial
        adapters, an EMA teacher an average of adapters: no second copy of the weights.
      train_head: False: head_fn reads frozen weights only, and no gradient of the head is made.

    Returns:
      step(state, batch, frozen=None) -> (state, metrics): float32 scalars by name, among them
      "grad/norm", "update/skipped" and "update/empty". These two are 1 when a gradient was not
      finite, and when nothing in the batch counts in any term of the loss; parameters, optimizer
      and teacher then stay as they are, and only the step goes on. ``frozen`` goes with merge_fn
      and is not to be donated. A batch can be used for several updates: its behaviour
      log-probabilities stay those of the sampler, so that the ratios of later ones tell how far
      the policy has moved.

    Raises:
      ValueError: here for impossible settings; from step for a batch whose shapes disagree or that
        lacks what an option needs, a state whose teacher_params do not fit ``teacher``, or frozen
        weights without merge_fn and the reverse.
    """
    if not 0 <= ema_rate <= 1:
        raise ValueError(f"ema_rate is {ema_rate}: use a share between 0 (frozen) and 1 (live)")
    if not 0 <= trust_region_mix <= 1:
        raise ValueError(
            f"trust_region_mix is {trust_region_mix}: use a share between 0 (frozen) and 1 (live)"
        )
    if not 0 <= baseline_weight < math.inf:
        raise ValueError(f"baseline_weight is {baseline_weight}: use a finite number, 0 or more")
    if baseline_weight and teacher == "none":
        raise ValueError(
            f'baseline_weight is {baseline_weight} and teacher is "none": there is nothing to take '
            "it off; use 0, or choose a teacher"
        )
    if num_microbatches < 1:
        raise ValueError(f"num_microbatches is {num_microbatches}: use 1 or more")
    if teacher == "none" and not (settings.beta or settings.sft_weight):
        raise ValueError(
            'teacher is "none" and objective.beta and sft_weight are 0: there is nothing to learn '
            "from; choose a teacher or raise one of them"
        )
    plan = _Plan(
        models=Models(hidden_fn, head_fn),
        settings=settings,
        teacher=teacher,
        trust_region_mix=trust_region_mix,
        baseline_weight=baseline_weight,
        num_microbatches=num_microbatches,
        merge_fn=merge_fn,
        train_head=train_head,
    )

    def step(
        state: TrainState, batch: TrainBatch, frozen: Any = None
    ) -> tuple[TrainState, dict[str, jax.Array]]:
        check_shapes(batch, num_microbatches)
        check_batch(batch, settings, baseline_weight=baseline_weight)
        _check_state(plan, state, frozen)
        batch = jax.tree.map(jnp.asarray, batch)
        gradient, metrics = _gradient(plan, state, frozen, batch)
        norm = optax.tree.norm(gradient)
        is_finite = jnp.isfinite(norm) & jnp.isfinite(metrics["loss/total"])
        # A gradient of 0 would still move them: momentum and weight decay go on without one.
        is_update = is_finite & (metrics["update/empty"] == 0)
        updates, opt_state = optimizer.update(gradient, state.opt_state, state.params)
        params = _select(is_update, optax.apply_updates(state.params, updates), state.params)
        own_teacher = state.teacher_params
        if teacher == "ema":
            own_teacher = follow(own_teacher, params, ema_rate, is_update)
        metrics |= {"grad/norm": norm, "update/skipped": 1 - is_finite.astype(jnp.float32)}
        new_state = TrainState(
            params=params,
            opt_state=_select(is_update, opt_state, state.opt_state),
            step=state.step + 1,
            teacher_params=own_teacher,
        )
        return new_state, metrics

    return step


def follow(teacher_params: Any, params: Any, rate: float, is_update: jax.Array) -> Any:
    """The teacher "ema" after an update: (1 - rate) * teacher_params + rate * params.

    Args:
      teacher_params, params: pytrees of the same structure.
      rate: share of the new parameters.
      is_update: bool scalar; False: the parameters have not moved, and the average stays too.
    """

    def move(own: jax.Array, new: jax.Array) -> jax.Array:
        return ((1 - rate) * own.astype(jnp.float32) + rate * new).astype(own.dtype)

    return _select(is_update, jax.tree.map(move, teacher_params, params), teacher_params)


def _gradient(
    plan: _Plan, state: TrainState, frozen: Any, batch: TrainBatch
) -> tuple[Any, dict[str, jax.Array]]:
    """Gradient of the loss of the batch, and the metrics.

    The divisors are those of the whole batch and known before any forward pass, so the losses and
    gradients of the parts simply add up.
    """
    settings = plan.settings
    masks = masks_of(batch, settings, has_teacher=plan.teacher != "none")
    weights = objective.loss_weights(
        jnp.where(masks.taught_BT, batch.weight_BT, 0), masks, settings
    )
    beta = settings.beta_at(state.step)

    def accumulate(total: Any, part: TrainBatch) -> tuple[Any, tuple[dict, Tokens]]:
        part_masks = masks_of(part, settings, has_teacher=plan.teacher != "none")
        heard = _hear(plan, state, frozen, part, part_masks)

        def loss(trained: Any) -> tuple[jax.Array, tuple[dict[str, jax.Array], Tokens]]:
            params = plan.merge(trained, frozen)
            out = compare(
                plan.models,
                params,
                part,
                heard,
                part_masks.counted_BT,
                settings,
                head_gradient=plan.train_head,
            )
            tokens = _tokens(out, part, part_masks, settings, heard)
            value, terms = objective.loss(tokens, weights, settings, beta)
            return value, (terms, tokens)

        gradient, aux = jax.grad(loss, has_aux=True)(state.params)
        total = jax.tree.map(lambda sum_, new: sum_ + new.astype(jnp.float32), total, gradient)
        return total, aux

    zeros = jax.tree.map(lambda x: jnp.zeros(x.shape, jnp.float32), state.params)
    parts = split(batch, plan.num_microbatches)
    gradient, (terms, tokens) = jax.lax.scan(accumulate, zeros, parts)
    metrics = {name: jnp.sum(value) for name, value in terms.items()}
    metrics["update/empty"] = objective.is_empty(weights, settings, beta).astype(jnp.float32)
    if settings.beta_final_share != 1:
        metrics["loss/beta"] = jnp.asarray(beta, jnp.float32)
    metrics |= token_metrics(join(tokens), settings) | rollout_metrics(batch, masks)
    return gradient, metrics


def _hear(
    plan: _Plan, state: TrainState, frozen: Any, batch: TrainBatch, masks: Masks
) -> Teacher | None:
    """What the teacher says about a part; None without a teacher."""
    if plan.teacher == "none":
        return None
    live = plan.merge(jax.lax.stop_gradient(state.params), frozen)
    own = live if plan.teacher == "live" else plan.merge(state.teacher_params, frozen)
    is_mixed = plan.teacher == "trust_region" and plan.trust_region_mix > 0
    mix = (live, plan.trust_region_mix) if is_mixed else None
    return hear_teacher(
        *(plan.models, own, mix, batch, masks.taught_BT, plan.settings),
        baseline_weight=plan.baseline_weight,
    )


def _tokens(
    out: HeadOut,
    batch: TrainBatch,
    masks: Masks,
    settings: ObjectiveSettings,
    heard: Teacher | None,
) -> Tokens:
    """The batch token by token, garbage where nothing counts taken out."""
    mask_BT = masks.counted_BT
    behaviour_logp_BT = jnp.where(mask_BT, batch.behaviour_logp_BT, 0)
    reference_logp_BT = (
        behaviour_logp_BT
        if batch.reference_logp_BT is None
        else jnp.where(mask_BT, batch.reference_logp_BT, 0)
    )
    pass_rate_B = or_zeros(batch.pass_rate_B, len(mask_BT))
    baseline_logp_BT = None if heard is None else heard.baseline_logp_BT
    has_baseline = baseline_logp_BT is not None
    return Tokens(
        kl_BT=out.kl_N,
        logp_BT=out.student_logp_N,
        teacher_logp_BT=out.teacher_logp_N,
        entropy_BT=out.student_entropy_N,
        teacher_entropy_BT=out.teacher_entropy_N,
        agreement_BT=out.agreement_N,
        behaviour_logp_BT=behaviour_logp_BT,
        reference_logp_BT=reference_logp_BT,
        weight_BT=jnp.where(mask_BT, batch.weight_BT, 0),
        advantage_B=jnp.where(batch.sample_mask_B, batch.advantage_B, 0),
        pass_rate_B=jnp.where(batch.sample_mask_B, pass_rate_B, 0),
        masks=masks,
        kl_cut_BT=out.kl_cut_N if settings.kl_clip else None,
        baseline_logp_BT=baseline_logp_BT,
        baselined_BT=masks.taught_BT & batch.has_baseline_B[:, None] if has_baseline else None,
    )


def _check_state(plan: _Plan, state: TrainState, frozen: Any) -> None:
    needs_own = plan.teacher in _WITH_OWN_WEIGHTS
    if needs_own != (state.teacher_params is not None):
        raise ValueError(
            f'teacher is "{plan.teacher}": state.teacher_params must be '
            + ("a copy of the parameters" if needs_own else "None")
        )
    if (plan.merge_fn is None) != (frozen is None):
        given = "frozen weights" if plan.merge_fn is None else "a merge_fn"
        raise ValueError(f"{given} alone: merge_fn and the step's frozen weights go together")


def _select(condition: jax.Array, new: Any, old: Any) -> Any:
    return jax.tree.map(lambda x, y: jnp.where(condition, x, y), new, old)
