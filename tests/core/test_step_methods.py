"""One step serves all methods: teachers, trained parts, reference, imitation, images, epochs."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from step_samples import (
    LENGTH,
    OPTIMIZER,
    PROMPT,
    ROWS,
    SETTINGS,
    assert_trees_close,
    make_batch,
    make_state,
    make_step,
    with_all_fields,
)

from vsdpo_jax.core.forward import make_logp_fn
from vsdpo_jax.core.options import ObjectiveSettings
from vsdpo_jax.core.step import TrainState
from vsdpo_jax.testing import tiny

SGD = optax.sgd(1.0)
logp_fn = jax.jit(make_logp_fn(tiny.hidden, tiny.head, SETTINGS))


def change(batch, **fields):
    return dataclasses.replace(batch, **fields)


METHODS = {
    "visual_sdpo": ({}, "live"),
    "grpo": ({"distill_weight": 0.0, "beta": 1.0}, "none"),
    "dapo": (
        {
            "distill_weight": 0.0, "beta": 1.0, "aggregation": "token_mean", "clip_dual": 10.0,
            "mask_truncated": True, "drop_flat_groups": True,
        },
        "none",
    ),
    "dr_grpo": ({"distill_weight": 0.0, "beta": 1.0, "aggregation": "constant_length"}, "none"),
    "gspo": ({"distill_weight": 0.0, "beta": 1.0, "ratio": "sequence"}, "none"),
    "sdpo": (
        {"beta": 0.0, "jsd_alpha": 0.5, "divergence": "topk", "topk": 4, "importance": "stale"},
        "ema",
    ),
    "opsd": ({"beta": 0.0}, "frozen"),
    "sampled": ({"beta": 0.0, "divergence": "sampled", "normalization": "batch"}, "trust_region"),
    "sdpg": ({"beta": 0.5, "reference_kl": 0.1, "beta_final_share": 0.0, "num_updates": 3}, "live"),
    "guarded": (
        {
            "kl_clamp": 1.0, "skip_satisfied": True, "teacher_entropy": True,
            "pass_rate_weight": True,
        },
        "trust_region",
    ),
    "sft": ({"distill_weight": 0.0, "beta": 0.0, "sft_weight": 1.0}, "none"),
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_every_method_takes_three_steps(name):
    options, teacher = METHODS[name]
    settings = ObjectiveSettings(**{"beta": 0.5, "head_chunk": 7, **options})
    state = start = make_state(teacher=teacher not in ("live", "none"))
    step = make_step(settings, teacher=teacher, num_microbatches=2)
    for seed in range(3):
        state, metrics = step(state, with_all_fields(make_batch(seed), seed))
        assert metrics["update/skipped"] == 0
        assert all(np.isfinite(value) for value in metrics.values())
    moved = optax.tree.norm(jax.tree.map(jnp.subtract, state.params, start.params))
    assert moved > 1e-3
    if name == "sdpg":
        assert metrics["loss/beta"] == 0


def test_nothing_to_learn_from():
    with pytest.raises(ValueError, match=r'teacher is "none" and objective\.beta'):
        make_step(dataclasses.replace(SETTINGS, beta=0.0), teacher="none")
    with pytest.raises(ValueError, match=r"trust_region_mix is -0\.1"):
        make_step(teacher="trust_region", trust_region_mix=-0.1)
    with pytest.raises(ValueError, match=r"skip_satisfied is True, but batch\.satisfied_B"):
        make_step(dataclasses.replace(SETTINGS, skip_satisfied=True))(make_state(), make_batch())
    with pytest.raises(ValueError, match="must be a copy"):
        make_step(teacher="trust_region")(make_state(teacher=False), make_batch())


def teacher_logits(params, batch) -> jax.Array:
    hidden = tiny.hidden(
        params, jnp.asarray(batch.teacher_tokens_BR), jnp.asarray(batch.teacher_mask_BR)
    )
    return hidden[:, -LENGTH - 1 : -1] @ tiny.head(params).T


@pytest.mark.parametrize("mix", [0.0, 0.3, 1.0])
def test_the_trust_region_mixes_logits_on_the_teachers_context(mix):
    batch, state = make_batch(), make_state()
    step = make_step(teacher="trust_region", trust_region_mix=mix)
    new, metrics = step(state, batch)
    assert_trees_close(new.teacher_params, state.teacher_params, 0, 0)
    logits = (1 - mix) * teacher_logits(state.teacher_params, batch)
    logits += mix * teacher_logits(state.params, batch)
    teacher = jax.nn.log_softmax(logits)
    hidden = tiny.hidden(
        state.params, jnp.asarray(batch.student_tokens_BS), jnp.asarray(batch.student_mask_BS)
    )
    student = jax.nn.log_softmax(hidden[:, PROMPT - 1 : -1] @ tiny.head(state.params).T)
    kl = np.asarray((jnp.exp(student) * (student - teacher)).sum(-1))
    taught = batch.completion_mask_BT & (batch.sample_mask_B & batch.has_teacher_B)[:, None]
    np.testing.assert_allclose(metrics["kl/mean"], kl[taught].mean(), rtol=1e-4)
    if mix == 0:
        assert_trees_close(make_step(teacher="frozen")(state, batch)[0].params, new.params)
    if mix == 1:
        alone = dataclasses.replace(state, teacher_params=None)
        assert_trees_close(make_step(teacher="live")(alone, batch)[0].params, new.params)


def adapted(trained, frozen):
    """The tiny model with an adapter on one matrix."""
    return {**frozen, "mix_DD": frozen["mix_DD"] + trained["a_DR"] @ trained["b_RD"]}


def adapter_state(teacher: bool, optimizer=SGD) -> tuple[TrainState, dict]:
    frozen = tiny.init(jax.random.key(0))
    keys = jax.random.split(jax.random.key(5))
    trained = {
        "a_DR": jax.random.normal(keys[0], (tiny.WIDTH, 2)),
        "b_RD": jax.random.normal(keys[1], (2, tiny.WIDTH)) * 0.3,
    }
    state = TrainState(
        params=trained,
        opt_state=optimizer.init(trained),
        step=jnp.zeros((), jnp.int32),
        teacher_params=jax.tree.map(lambda x: x * 0.5, trained) if teacher else None,
    )
    return state, frozen


@pytest.mark.parametrize("teacher", ["frozen", "live", "ema", "trust_region"])
def test_adapters_are_trained_as_the_chain_rule_says(teacher):
    """Against the gradient of the whole merged model, with a whole copy as the teacher."""
    batch = make_batch()
    state, frozen = adapter_state(teacher != "live")
    step = make_step(
        teacher=teacher, optimizer=SGD, merge_fn=adapted, train_head=False, num_microbatches=2
    )
    new, metrics = step(state, batch, frozen)
    merged = adapted(state.params, frozen)
    whole = TrainState(
        params=merged,
        opt_state=SGD.init(merged),
        step=state.step,
        teacher_params=None if teacher == "live" else adapted(state.teacher_params, frozen),
    )
    moved, expected_metrics = make_step(teacher=teacher, optimizer=SGD)(whole, batch)
    slope_DD = merged["mix_DD"] - moved.params["mix_DD"]
    expected = {
        "a_DR": state.params["a_DR"] - slope_DD @ state.params["b_RD"].T,
        "b_RD": state.params["b_RD"] - state.params["a_DR"].T @ slope_DD,
    }
    assert_trees_close(new.params, expected, 1e-4, 1e-5)
    for name in ("loss/total", "kl/mean", "policy/ratio_mean"):
        np.testing.assert_allclose(metrics[name], expected_metrics[name], rtol=1e-5)
    if teacher == "ema":
        average = jax.tree.map(
            lambda own, new: 0.95 * own + 0.05 * new, state.teacher_params, new.params
        )
        assert_trees_close(new.teacher_params, average)
    elif teacher != "live":
        assert_trees_close(new.teacher_params, state.teacher_params, 0, 0)


def test_optimizer_and_gradient_hold_the_trained_part_alone():
    state, frozen = adapter_state(True, OPTIMIZER)
    step = make_step(teacher="ema", merge_fn=adapted, train_head=False)
    new = jax.eval_shape(step, state, make_batch(), frozen)[0]
    shapes = {leaf.shape for leaf in jax.tree.leaves(new)}
    assert shapes == {(), (tiny.WIDTH, 2), (2, tiny.WIDTH)}


def test_a_frozen_head_costs_no_gradient():
    state, frozen = adapter_state(False)

    def products(train_head: bool) -> int:
        step = make_step(
            teacher="live", optimizer=SGD, merge_fn=adapted, train_head=train_head, jit=False
        )
        jaxpr = jax.make_jaxpr(step)(state, make_batch(), frozen)
        return str(jaxpr).count("dot_general")

    assert products(False) < products(True)
    (with_head, _), (without, _) = (
        make_step(teacher="live", optimizer=SGD, merge_fn=adapted, train_head=train_head)(
            state, make_batch(), frozen
        )
        for train_head in (True, False)
    )
    assert_trees_close(with_head.params, without.params, 1e-6, 1e-7)


def test_merge_fn_and_frozen_weights_go_together():
    state, frozen = adapter_state(False)
    with pytest.raises(ValueError, match="a merge_fn alone"):
        make_step(teacher="live", merge_fn=adapted)(state, make_batch())
    with pytest.raises(ValueError, match="frozen weights alone"):
        make_step(teacher="live")(make_state(teacher=False), make_batch(), frozen)


def test_the_reference_pulls_back():
    """At the reference it has no gradient; away from it, a step lowers the divergence from it."""
    settings = ObjectiveSettings(beta=0.0, sft_weight=1e-9, distill_weight=0.0, reference_kl=1.0)
    batch, reference = make_batch(), tiny.init(jax.random.key(11))
    batch = change(batch, reference_logp_BT=logp_fn(reference, batch))
    options = {"teacher": "none", "optimizer": optax.sgd(0.05)}
    step = make_step(settings, **options)
    at_home = make_state(11, teacher=False, optimizer=options["optimizer"])
    _, metrics = step(at_home, batch)
    np.testing.assert_allclose(metrics["loss/reference"], 0, atol=1e-9)
    np.testing.assert_allclose(metrics["grad/norm"], 0, atol=1e-6)
    state, values = make_state(3, teacher=False, optimizer=options["optimizer"]), []
    for _ in range(5):
        state, metrics = step(state, batch)
        values.append(float(metrics["loss/reference"]))
    assert values == sorted(values, reverse=True)
    assert values[-1] < values[0]


def test_imitation_raises_the_rows_it_is_told_to():
    settings = ObjectiveSettings(beta=0.0, distill_weight=0.0, sft_weight=1.0)
    optimizer = optax.sgd(0.05)
    batch = change(make_batch(), imitate_B=np.arange(ROWS) == 0)
    state = make_state(teacher=False, optimizer=optimizer)
    new, metrics = make_step(settings, teacher="none", optimizer=optimizer)(state, batch)
    before, after = (np.asarray(logp_fn(x.params, batch)).sum(axis=1) for x in (state, new))
    length = batch.completion_mask_BT[0].sum()
    np.testing.assert_allclose(metrics["loss/sft"], -before[0] / length, rtol=1e-5)
    assert after[0] > before[0]


def test_a_batch_can_be_used_for_several_updates():
    """Behaviour log-probabilities stay; the ratio tells how far the policy has moved."""
    start = make_state(teacher=False)
    batch = make_batch()
    batch = change(batch, behaviour_logp_BT=np.asarray(logp_fn(start.params, batch)))
    copy = jax.tree.map(np.copy, batch)
    step = jax.jit(make_step(jit=False, teacher="live"), donate_argnums=0)
    state, first = step(jax.tree.map(jnp.copy, start), batch)
    np.testing.assert_allclose(first["policy/ratio_max"], 1, rtol=1e-5)
    counted = batch.completion_mask_BT & batch.sample_mask_B[:, None]
    for _ in range(2):
        ratio = np.exp(np.asarray(logp_fn(state.params, batch)) - batch.behaviour_logp_BT)
        stale = np.minimum(ratio, 2)[counted & batch.has_teacher_B[:, None]]
        state, later = step(state, batch)
        np.testing.assert_allclose(later["policy/ratio_mean"], ratio[counted].mean(), rtol=1e-4)
        np.testing.assert_allclose(later["importance/stale_mean"], stale.mean(), rtol=1e-4)
    assert state.step == 3
    jax.tree.map(np.testing.assert_array_equal, batch, copy)


@pytest.mark.parametrize("gap", [-0.5, 0.3, 3.0])
def test_a_sampler_that_differs_from_the_trainer_shows_as_staleness(gap):
    state = make_state()
    batch = make_batch()
    sampled = np.asarray(logp_fn(state.params, batch)) - gap
    settings = dataclasses.replace(SETTINGS, importance="stale", beta=0.0)
    own, corrected = (
        make_step(settings)(state, change(batch, behaviour_logp_BT=logp))[1]
        for logp in (sampled + gap, sampled)
    )
    rho = min(np.exp(gap), 2)
    np.testing.assert_allclose(corrected["importance/stale_mean"], rho, rtol=1e-5)
    np.testing.assert_allclose(corrected["policy/behaviour_gap"], abs(gap), rtol=1e-4)
    np.testing.assert_allclose(corrected["loss/vsdpo"], rho * own["loss/vsdpo"], rtol=1e-4)
    assert corrected["importance/stale_clipped"] == (gap > np.log(2))
    np.testing.assert_allclose(corrected["importance/ess"], 1, rtol=1e-5)


def test_images_reach_both_sides_and_their_gradient_the_weights():
    batch = with_all_fields(make_batch())
    step = make_step(teacher="live", optimizer=SGD)
    state = make_state(teacher=False, optimizer=SGD)
    blind = change(batch, student_vision=None, teacher_vision=None)
    values = {
        name: float(step(state, each)[1]["kl/mean"])
        for name, each in {
            "both": batch,
            "student": change(batch, teacher_vision=None),
            "teacher": change(batch, student_vision=None),
            "none": blind,
        }.items()
    }
    assert len({round(value, 5) for value in values.values()}) == 4
    halves, whole = (
        make_step(teacher="live", optimizer=SGD, num_microbatches=parts)(state, batch)
        for parts in (4, 1)
    )
    assert_trees_close(halves[0].params, whole[0].params, 1e-5, 1e-6)


@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_poison_in_optional_fields(poison):
    """Rows 2 (not judged) and 3 (empty) count nowhere, row 1 has no teacher."""
    batch = with_all_fields(make_batch())
    row = np.arange(ROWS)
    counted = batch.completion_mask_BT & batch.sample_mask_B[:, None]
    dead, deaf = (row == 2) | (row == 3), (row == 1) | (row == 2) | (row == 3)

    def spoil(vision, rows):
        patches = np.where(rows[:, None, None], poison, vision["patches_BFD"])
        return {**vision, "patches_BFD": patches.astype(np.float32)}

    bad = change(
        batch,
        student_vision=spoil(batch.student_vision, dead),
        teacher_vision=spoil(batch.teacher_vision, deaf),
        reference_logp_BT=np.where(counted, batch.reference_logp_BT, poison).astype(np.float32),
        pass_rate_B=np.where(deaf, poison, batch.pass_rate_B).astype(np.float32),
        **{
            name: getattr(batch, name) ^ dead
            for name in ("truncated_B", "flat_B", "satisfied_B", "imitate_B")
        },
    )
    settings = dataclasses.replace(
        SETTINGS, reference_kl=0.2, pass_rate_weight=True, teacher_entropy=True,
        skip_satisfied=True, mask_truncated=True, drop_flat_groups=True, sft_weight=0.1,
    )  # fmt: skip
    step = make_step(settings)
    (clean, clean_metrics), (other, metrics) = (step(make_state(), each) for each in (batch, bad))
    assert metrics["update/skipped"] == 0
    assert_trees_close(other.params, clean.params, 0, 0)
    assert_trees_close(metrics, clean_metrics, 0, 0)


def test_a_batch_without_any_success():
    """No advantage, no flat group left, no one to imitate: distillation goes on, counted."""
    batch = with_all_fields(
        make_batch(),
        satisfied_B=np.zeros(ROWS, bool),
        flat_B=np.ones(ROWS, bool),
        imitate_B=np.zeros(ROWS, bool),
        pass_rate_B=np.zeros(ROWS, np.float32),
        advantage_B=np.zeros(ROWS, np.float32),
    )
    settings = dataclasses.replace(
        SETTINGS, drop_flat_groups=True, skip_satisfied=True, sft_weight=1.0
    )
    _, metrics = make_step(settings)(make_state(), batch)
    assert metrics["loss/grpo"] == metrics["loss/sft"] == metrics["rollouts/in_policy"] == 0
    assert metrics["rollouts/satisfied"] == 0
    assert metrics["rollouts/flat"] == 6
    assert metrics["loss/vsdpo"] > 0
    assert metrics["update/skipped"] == 0
    _, metrics = make_step(dataclasses.replace(settings, pass_rate_weight=True))(
        make_state(), batch
    )
    assert metrics["loss/vsdpo"] == metrics["guard/weight"] == metrics["grad/norm"] == 0
