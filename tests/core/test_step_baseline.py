"""What feedback on another rollout raises, taken off the teacher: values, gradients, laws."""

from __future__ import annotations

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from step_samples import (
    LENGTH,
    PROMPT,
    ROWS,
    SETTINGS,
    TEACHER_PROMPT,
    assert_trees_close,
    make_batch,
    make_state,
    make_step,
    with_all_fields,
)

from vsdpo_jax.core.inputs import TrainBatch
from vsdpo_jax.core.options import ObjectiveSettings
from vsdpo_jax.testing import tiny

SGD = optax.sgd(1.0)
PURE = ObjectiveSettings(beta=0.0, head_chunk=7)
WITHOUT = (4, 6)  # rows that no feedback on another rollout was found for


def with_baseline(batch: TrainBatch, seed: int = 20, **change) -> TrainBatch:
    """The batch, and the same completions after other feedback."""
    rng = np.random.default_rng(seed)
    tokens, mask = (np.copy(x) for x in (batch.teacher_tokens_BR, batch.teacher_mask_BR))
    columns = slice(TEACHER_PROMPT - 4, TEACHER_PROMPT)
    tokens[:, columns] = rng.integers(tiny.VOCAB, size=(ROWS, 4))
    mask[:, columns] = True
    fields = {
        "baseline_tokens_BR": tokens, "baseline_mask_BR": mask,
        "has_baseline_B": ~np.isin(np.arange(ROWS), WITHOUT),
    }  # fmt: skip
    return dataclasses.replace(batch, **{**fields, **change})


def logits(params, tokens_BR, mask_BR) -> jax.Array:
    hidden = tiny.hidden(params, jnp.asarray(tokens_BR), jnp.asarray(mask_BR))
    return hidden[:, -LENGTH - 1 : -1] @ tiny.head(params).T


def dense_target(batch, teachers, student_logits, weight: float) -> jax.Array:
    """log T' = log T - weight (log O - log S), normalised, all logits at once."""
    own, other = (
        sum(share * logits(params, *side) for params, share in teachers)
        for side in (
            (batch.teacher_tokens_BR, batch.teacher_mask_BR),
            (batch.baseline_tokens_BR, batch.baseline_mask_BR),
        )
    )
    own, other, student = (jax.nn.log_softmax(x) for x in (own, other, student_logits))
    raised = jnp.where(batch.has_baseline_B[:, None, None], other - student, 0)
    return jax.lax.stop_gradient(jax.nn.log_softmax(own - weight * raised))


def dense_loss(params, batch, teachers, weight: float, settings: ObjectiveSettings) -> jax.Array:
    """Eq. 6 without importance weights; of "sampled" the surrogate."""
    student_logits = logits(params, batch.student_tokens_BS, batch.student_mask_BS)
    student = jax.nn.log_softmax(student_logits)
    target = dense_target(batch, teachers, student_logits, weight)
    alpha = settings.jsd_alpha
    if settings.divergence == "sampled":
        tokens = jnp.asarray(batch.student_tokens_BS[:, PROMPT:, None])
        picked = [jnp.take_along_axis(x, tokens, axis=2)[..., 0] for x in (student, target)]
        kl = jax.lax.stop_gradient(picked[0] - picked[1]) * picked[0]
    elif alpha in (0, 1):
        first, second = (student, target) if alpha else (target, student)
        kl = (jnp.exp(first) * (first - second)).sum(-1)
    else:
        mixed = jnp.log((1 - alpha) * jnp.exp(student) + alpha * jnp.exp(target))
        kl = (1 - alpha) * (jnp.exp(student) * (student - mixed)).sum(-1)
        kl += alpha * (jnp.exp(target) * (target - mixed)).sum(-1)
    taught = batch.completion_mask_BT & (batch.sample_mask_B & batch.has_teacher_B)[:, None]
    weights = np.where(taught, batch.weight_BT, 0)
    totals = np.maximum(weights.sum(1), 1e-9)
    return ((weights * kl).sum(1) / totals).sum() / (weights.sum(1) > 0).sum()


@pytest.mark.parametrize(
    ("teacher", "change", "weight"),
    [
        ("live", {}, 1.0),
        ("ema", {"jsd_alpha": 0.0}, 0.5),
        ("frozen", {"jsd_alpha": 0.5}, 1.0),
        ("trust_region", {}, 0.5),
        ("frozen", {"divergence": "sampled"}, 1.0),
    ],
)
def test_loss_and_gradient_are_those_of_the_definition(teacher, change, weight):
    settings = dataclasses.replace(PURE, **change)
    batch = with_baseline(make_batch())
    state = make_state(teacher=teacher != "live", optimizer=SGD)
    own = state.params if teacher == "live" else state.teacher_params
    teachers = [(own, 1.0)]
    if teacher == "trust_region":
        teachers = [(own, 0.7), (state.params, 0.3)]
    step = make_step(
        settings, teacher=teacher, optimizer=SGD, trust_region_mix=0.3, baseline_weight=weight,
        num_microbatches=2,
    )  # fmt: skip
    new, metrics = step(state, batch)
    expected, slope = jax.value_and_grad(
        functools.partial(
            dense_loss, batch=batch, teachers=teachers, weight=weight, settings=settings
        )
    )(state.params)
    np.testing.assert_allclose(metrics["loss/vsdpo"], expected, rtol=1e-4)
    moved = jax.tree.map(jnp.subtract, state.params, new.params)
    assert_trees_close(moved, slope, 1e-3, 2e-6)


def test_what_the_metrics_say():
    batch, state = with_baseline(make_batch()), make_state()
    metrics = make_step(PURE, teacher="frozen", baseline_weight=0.5)(state, batch)[1]
    tokens = jnp.asarray(batch.student_tokens_BS[:, PROMPT:, None])
    student, other = (
        jnp.take_along_axis(jax.nn.log_softmax(logits(*args)), tokens, axis=2)[..., 0]
        for args in (
            (state.params, batch.student_tokens_BS, batch.student_mask_BS),
            (state.teacher_params, batch.baseline_tokens_BR, batch.baseline_mask_BR),
        )
    )
    rows = batch.sample_mask_B & batch.has_teacher_B & batch.has_baseline_B
    read = batch.completion_mask_BT & rows[:, None]
    expected = np.asarray(other - student)[read].mean()
    np.testing.assert_allclose(metrics["teacher/generic"], expected, rtol=1e-4)
    assert metrics["rollouts/with_baseline"] == read.any(axis=1).sum() == 3
    plain = make_step(PURE, teacher="frozen")(state, batch)[1]
    assert not plain.keys() & {"teacher/generic", "rollouts/with_baseline"}


def test_a_teacher_that_any_feedback_makes_teaches_nothing():
    """O = T and all of it taken off: the target is the student, to the bit."""
    batch = make_batch()
    batch = with_baseline(
        batch, baseline_tokens_BR=batch.teacher_tokens_BR, baseline_mask_BR=batch.teacher_mask_BR,
        has_baseline_B=np.ones(ROWS, bool),
    )  # fmt: skip
    for change in ({}, {"divergence": "topk", "topk": 4, "jsd_alpha": 0.5}):
        step = make_step(dataclasses.replace(PURE, **change), baseline_weight=1.0)
        _, metrics = step(make_state(), batch)
        assert metrics["kl/max"] == metrics["loss/vsdpo"] == metrics["grad/norm"] == 0
        assert metrics["teacher/agreement"] == 1


def test_feedback_that_raises_nothing_leaves_the_teacher():
    """O = S: the same weights on what the student reads."""
    batch, state = make_batch(), make_state(teacher=False, optimizer=SGD)
    blank = TEACHER_PROMPT - PROMPT
    tokens, mask = (
        np.pad(x, ((0, 0), (blank, 0))) for x in (batch.student_tokens_BS, batch.student_mask_BS)
    )
    batch = with_baseline(batch, baseline_tokens_BR=tokens, baseline_mask_BR=mask)
    options = {"teacher": "live", "optimizer": SGD}
    (new, metrics), (plain, expected) = (
        make_step(**options, baseline_weight=weight)(state, batch) for weight in (1.0, 0.0)
    )
    np.testing.assert_allclose(metrics["kl/mean"], expected["kl/mean"], rtol=1e-4)
    np.testing.assert_allclose(metrics["teacher/generic"], 0, atol=1e-6)
    assert_trees_close(new.params, plain.params, 1e-4, 1e-5)


def test_without_a_baseline_nothing_changes_to_the_bit():
    batch, state = make_batch(), make_state()
    new, metrics = make_step()(state, batch)
    for other, weight in ((with_baseline(batch), 0.0), (with_baseline(batch), 1.0)):
        if weight:  # no rollout has one
            other = other.replace(has_baseline_B=np.zeros(ROWS, bool))
        changed, more = make_step(baseline_weight=weight)(state, other)
        assert_trees_close(changed.params, new.params, 0, 0)
        assert_trees_close({name: more[name] for name in metrics}, metrics, 0, 0)
        assert more.get("rollouts/with_baseline", 0) == 0


def test_parts_and_poison_change_nothing():
    batch = with_baseline(with_all_fields(make_batch()))
    batch = dataclasses.replace(batch, baseline_vision=batch.teacher_vision)
    step = make_step(teacher="ema", baseline_weight=0.7, optimizer=SGD)
    state = make_state(optimizer=SGD)
    clean, metrics = step(state, batch)
    row = np.arange(ROWS)
    silent = np.isin(row, (1, 2, 3, *WITHOUT))  # no teacher, not judged, empty, no baseline
    vision = dict(batch.baseline_vision)
    vision["patches_BFD"] = np.where(
        silent[:, None, None], np.float32(np.nan), vision["patches_BFD"]
    )
    spoiled = dataclasses.replace(
        batch,
        baseline_vision=vision,
        baseline_tokens_BR=np.where(silent[:, None], 5, batch.baseline_tokens_BR),
        baseline_mask_BR=batch.baseline_mask_BR & ~silent[:, None],
        has_baseline_B=batch.has_baseline_B ^ np.isin(row, (1, 2, 3)),
    )
    other, other_metrics = step(state, spoiled)
    assert_trees_close(other.params, clean.params, 0, 0)
    assert_trees_close(other_metrics, metrics, 0, 0)
    parts, _ = make_step(
        teacher="ema", baseline_weight=0.7, optimizer=SGD, num_microbatches=4
    )(state, batch)  # fmt: skip
    assert_trees_close(parts.params, clean.params, 1e-5, 1e-6)


def test_no_array_of_all_tokens_and_the_vocabulary_and_a_pass_more_forward_alone():
    batch = with_baseline(make_batch())
    settings = dataclasses.replace(SETTINGS, head_chunk=4)

    def jaxpr(weight: float) -> str:
        step = make_step(settings, jit=False, baseline_weight=weight)
        return str(jax.make_jaxpr(step)(make_state(), batch))

    text = jaxpr(1.0)
    assert f"[{ROWS},{LENGTH},{tiny.VOCAB}]" not in text
    assert f"[{ROWS * LENGTH},{tiny.VOCAB}]" not in text
    # The tiny model has two products; the tokens' log-probabilities take two with the head.
    assert text.count("dot_general") == jaxpr(0.0).count("dot_general") + 4


@pytest.mark.parametrize(
    ("options", "fields", "match"),
    [
        ({"baseline_weight": -0.5}, {}, r"baseline_weight is -0\.5: use a finite number"),
        ({"baseline_weight": float("inf")}, {}, "baseline_weight is inf"),
        (
            {"baseline_weight": 1.0, "teacher": "none"}, {},
            'baseline_weight is 1.0 and teacher is "none"',
        ),
        ({"baseline_weight": 1.0}, {"has_baseline_B": None}, r"batch\.has_baseline_B is None"),
        ({"baseline_weight": 1.0}, {"baseline_tokens_BR": None}, r"batch\.baseline_tokens_BR"),
        (
            {"baseline_weight": 1.0}, {"baseline_mask_BR": np.ones((ROWS, 3), bool)},
            r"baseline tokens have shape .* their mask \(8, 3\)",
        ),
        ({"baseline_weight": 1.0}, {"has_baseline_B": np.ones(3, bool)}, "has_baseline_B has sh"),
    ],
)  # fmt: skip
def test_what_cannot_be(options, fields, match):
    with pytest.raises(ValueError, match=match):
        make_step(**options)(make_state(), with_baseline(make_batch(), **fields))


def test_the_clip_reaches_the_loss_and_leaves_the_metrics_of_the_divergence():
    batch, state = make_batch(), make_state()
    (_, plain), (_, clipped) = (
        make_step(dataclasses.replace(PURE, kl_clip=clip))(state, batch) for clip in (0.0, 0.02)
    )
    assert clipped["loss/vsdpo"] < plain["loss/vsdpo"]
    assert clipped["grad/norm"] != plain["grad/norm"]
    for name in ("kl/mean", "kl/credited", "kl/q90", "kl/max"):
        np.testing.assert_allclose(clipped[name], plain[name], rtol=1e-5)
    assert clipped["kl/cut"] > 0
    assert 0 < clipped["kl/cut_share"] <= 1
    assert "kl/cut" not in plain
