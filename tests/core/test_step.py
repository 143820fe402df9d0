"""The update: alignment, poison, splits, devices, teachers, reductions."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P
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
    run,
)

from vsdpo_jax.core.objective import ObjectiveSettings
from vsdpo_jax.core.step import TrainBatch, TrainState, completion_hidden, make_train_step
from vsdpo_jax.testing import tiny


def reference_loss(
    params, teacher_params, batch: TrainBatch, settings: ObjectiveSettings
) -> jax.Array:
    """Eq. 7 rollout by rollout, token by token, dense and unpadded."""
    vsdpo, grpo, num_taught, num_rollouts = 0.0, 0.0, 0, 0
    for row in range(ROWS):
        length = int(batch.completion_mask_BT[row].sum())
        if not length or not batch.sample_mask_B[row]:
            continue
        logp = {}
        for name, weights, tokens, mask in (
            ("student", params, batch.student_tokens_BS, batch.student_mask_BS),
            ("teacher", teacher_params, batch.teacher_tokens_BR, batch.teacher_mask_BR),
        ):
            sequence = jnp.asarray(tokens[row][mask[row]])[None]
            hidden = tiny.hidden(weights, sequence, jnp.ones(sequence.shape, bool))[0]
            every = jax.nn.log_softmax(hidden @ tiny.head(weights).T / settings.temperature)
            logp[name] = every[len(every) - length - 1 : -1]
        completion = batch.student_tokens_BS[row, PROMPT : PROMPT + length]
        if batch.has_teacher_B[row]:
            kl = (jnp.exp(logp["student"]) * (logp["student"] - logp["teacher"])).sum(-1)
            weight = batch.weight_BT[row, :length]
            vsdpo += (weight * kl).sum() / weight.sum()
            num_taught += 1
        own = logp["student"][jnp.arange(length), completion]
        ratio = jnp.exp(own - batch.behaviour_logp_BT[row, :length])
        clipped = jnp.clip(ratio, 1 - settings.clip_low, 1 + settings.clip_high)
        advantage = batch.advantage_B[row]
        grpo += -jnp.minimum(ratio * advantage, clipped * advantage).mean()
        num_rollouts += 1
    return vsdpo / num_taught + settings.beta * grpo / num_rollouts


@pytest.mark.parametrize("temperature", [1.0, 0.6])
@pytest.mark.parametrize("seed", range(3))
def test_equals_eq_7_written_out(seed, temperature):
    """Values and gradient: alignment of both sequences, weights, masks and normalisation."""
    settings = dataclasses.replace(SETTINGS, temperature=temperature)
    optimizer = optax.sgd(1.0)
    state, batch = make_state(optimizer=optimizer), make_batch(seed)
    new, metrics = make_step(settings, optimizer=optimizer)(state, batch)
    value, gradient = jax.jit(
        jax.value_and_grad(lambda *models: reference_loss(*models, batch, settings))
    )(state.params, state.teacher_params)
    np.testing.assert_allclose(metrics["loss/total"], value, rtol=1e-5)
    assert_trees_close(
        jax.tree.map(lambda x, y: x - y, state.params, new.params), gradient, 1e-4, 3e-6
    )
    np.testing.assert_allclose(metrics["grad/norm"], optax.tree.norm(gradient), rtol=1e-5)
    assert metrics["rollouts/with_teacher"] == 5
    assert metrics["rollouts/empty"] == 2
    assert new.step == 1


def test_the_shift_is_one_column():
    tokens = jnp.arange(12).reshape(2, 6) % 7
    columns = completion_hidden(
        lambda params, tokens_BS, mask_BS: jnp.broadcast_to(
            jnp.arange(6.0)[None, :, None], (*tokens_BS.shape, 2)
        ),
        None,
        tokens,
        jnp.ones((2, 6), bool),
        jnp.ones((2, 3), bool),
    )
    np.testing.assert_array_equal(columns[0, :, 0], [2, 3, 4])


@pytest.mark.parametrize("num_microbatches", [2, 4, 8])
def test_accumulation_changes_nothing(num_microbatches):
    expected_state, expected_metrics = run(make_step())
    state, metrics = run(make_step(num_microbatches=num_microbatches))
    assert_trees_close(state.params, expected_state.params, 1e-5, 1e-5)
    assert_trees_close(metrics, expected_metrics, 1e-4, 1e-5)


@pytest.mark.parametrize("importance", ["none", "both"])
def test_jit_changes_nothing(importance):
    settings = dataclasses.replace(SETTINGS, importance=importance)
    expected_state, expected_metrics = run(make_step(settings), 1)
    state, metrics = run(make_step(settings, jit=False), 1)
    assert_trees_close(state.params, expected_state.params, 1e-5, 1e-5)
    assert_trees_close(metrics, expected_metrics, 1e-4, 1e-5)


@pytest.mark.parametrize(("data", "fsdp", "tensor"), [(8, 1, 1), (2, 2, 2), (1, 8, 1)])
@pytest.mark.parametrize("num_microbatches", [1, 2])
def test_one_device_equals_eight(data, fsdp, tensor, num_microbatches):
    mesh = jax.make_mesh(
        (data, fsdp, tensor), ("data", "fsdp", "tensor"), axis_types=(AxisType.Auto,) * 3
    )
    by_axis = {"embedding_VD": P(None, "fsdp"), "mix_DD": P("fsdp", "tensor"), "previous_DD": P()}

    def place_parameters(params):
        return {
            name: jax.device_put(value, NamedSharding(mesh, by_axis[name]))
            for name, value in params.items()
        }

    state = make_state()
    params = place_parameters(state.params)
    state = TrainState(
        params=params,
        opt_state=OPTIMIZER.init(params),
        step=jax.device_put(state.step, NamedSharding(mesh, P())),
        teacher_params=place_parameters(state.teacher_params),
    )
    step = make_step(num_microbatches=num_microbatches)
    rows = NamedSharding(mesh, P(("data", "fsdp")))
    for seed in range(3):
        state, metrics = step(state, jax.device_put(make_batch(seed), rows))
    expected_state, expected_metrics = run(make_step(num_microbatches=num_microbatches))
    assert len(state.params["mix_DD"].sharding.device_set) == 8
    assert_trees_close(state.params, expected_state.params, 1e-5, 1e-5)
    assert_trees_close(metrics, expected_metrics, 1e-4, 1e-5)


@pytest.mark.parametrize("poison", [np.nan, np.inf, 1e30])
@pytest.mark.parametrize("token", [-1, 10**6])
def test_poison_changes_no_parameter_and_no_metric(poison, token):
    batch = make_batch()
    taught = batch.completion_mask_BT & (batch.has_teacher_B & batch.sample_mask_B)[:, None]
    counted = batch.completion_mask_BT & batch.sample_mask_B[:, None]
    unread = ~batch.has_teacher_B | ~batch.sample_mask_B
    poisoned = dataclasses.replace(
        batch,
        student_tokens_BS=np.where(batch.student_mask_BS, batch.student_tokens_BS, token),
        teacher_tokens_BR=np.where(batch.teacher_mask_BR, batch.teacher_tokens_BR, token),
        teacher_mask_BR=batch.teacher_mask_BR & ~unread[:, None],
        weight_BT=np.where(counted, batch.weight_BT, poison).astype(np.float32),
        behaviour_logp_BT=np.where(counted, batch.behaviour_logp_BT, poison).astype(np.float32),
        advantage_B=np.where(batch.sample_mask_B, batch.advantage_B, poison).astype(np.float32),
    )
    poisoned.student_tokens_BS[2] = token
    poisoned.student_mask_BS[2] = False
    assert taught.any()
    for importance in ("none", "both"):
        step = make_step(dataclasses.replace(SETTINGS, importance=importance), jit=False)
        (expected, expected_metrics), (actual, metrics) = (
            step(make_state(), each) for each in (batch, poisoned)
        )
        assert_trees_close(actual.params, expected.params, 0, 0)
        assert_trees_close(metrics, expected_metrics, 0, 0)


def test_a_row_without_tokens_cannot_spoil_attention():
    def hidden(params, tokens_BS, mask_BS):
        share_BS = jax.nn.softmax(jnp.where(mask_BS, 0, -jnp.inf))  # nan when nothing is read
        read_BD = jnp.einsum("bs,bsd->bd", share_BS, params["embedding_VD"][tokens_BS])
        return tiny.hidden(params, tokens_BS, mask_BS) + read_BD[:, None] @ params["mix_DD"]

    batch = make_batch()
    for name in ("student_mask_BS", "teacher_mask_BR"):
        getattr(batch, name)[2] = False  # the rollout that was not judged
    step = make_train_step(hidden, tiny.head, OPTIMIZER, SETTINGS, teacher="frozen")
    _, metrics = jax.jit(step)(make_state(), batch)
    assert metrics["update/skipped"] == 0
    assert all(np.isfinite(value) for value in metrics.values())


def test_padding_changes_nothing():
    batch = make_batch()
    wide = TrainBatch(
        **{
            field.name: _widen(field.name, getattr(batch, field.name))
            for field in dataclasses.fields(batch)
        }
    )
    (expected, expected_metrics), (actual, metrics) = (
        make_step()(make_state(), each) for each in (batch, wide)
    )
    assert_trees_close(actual.params, expected.params, 1e-5, 1e-6)
    assert_trees_close(metrics, expected_metrics, 1e-5, 1e-6)


def _widen(name: str, x: np.ndarray | None) -> np.ndarray | None:
    left = 3 if name.endswith(("BS", "BR")) else 0
    return x if x is None or x.ndim == 1 else np.pad(x, ((0, 0), (left, 4)))


def test_the_same_context_and_weights_teach_nothing():
    settings = dataclasses.replace(SETTINGS, beta=0.0)
    step = make_step(settings, teacher="live", optimizer=optax.sgd(1.0))
    state = make_state(teacher=False, optimizer=optax.sgd(1.0))
    new, metrics = step(state, make_batch(same_context=True))
    np.testing.assert_allclose(metrics["kl/max"], 0, atol=1e-6)
    np.testing.assert_allclose(metrics["grad/norm"], 0, atol=1e-6)
    assert metrics["teacher/agreement"] == 1
    assert_trees_close(new.params, state.params, 0, 1e-6)
    _, metrics = step(state, make_batch())
    assert metrics["kl/mean"] > 0.01


def test_frozen_teacher_never_moves_and_live_follows():
    state, _ = run(make_step(teacher="frozen"))
    assert_trees_close(state.teacher_params, make_state().teacher_params, 0, 0)
    start = make_state(teacher=False)
    state, live = make_step(teacher="live")(start, make_batch())
    assert state.teacher_params is None
    own = dataclasses.replace(make_state(), teacher_params=start.params)
    _, frozen = make_step(teacher="frozen")(own, make_batch())
    assert_trees_close(live, frozen, 1e-5)


@pytest.mark.parametrize("rate", [0.0, 0.25, 1.0])
def test_ema_moves_towards_the_new_parameters(rate):
    before = make_state()
    after, _ = make_step(teacher="ema", ema_rate=rate)(before, make_batch())
    expected = jax.tree.map(
        lambda teacher, params: (1 - rate) * teacher + rate * params,
        before.teacher_params,
        after.params,
    )
    assert_trees_close(after.teacher_params, expected)
    if rate == 0.25:
        distance = [
            optax.tree.norm(jax.tree.map(jnp.subtract, state.teacher_params, after.params))
            for state in (before, after)
        ]
        np.testing.assert_allclose(distance[1], 0.75 * distance[0], rtol=1e-5)


def test_without_teacher_it_is_grpo():
    batch, optimizer = make_batch(), optax.sgd(1.0)
    start = make_state(teacher=False, optimizer=optimizer)
    state, metrics = make_step(teacher="none", optimizer=optimizer)(start, batch)
    assert metrics["loss/vsdpo"] == metrics["rollouts/with_teacher"] == metrics["kl/max"] == 0
    np.testing.assert_allclose(metrics["loss/total"], 0.5 * metrics["loss/grpo"], rtol=1e-6)
    nobody = dataclasses.replace(batch, has_teacher_B=np.zeros(ROWS, bool))
    expected, _ = make_step(optimizer=optimizer)(make_state(optimizer=optimizer), nobody)
    assert_trees_close(state.params, expected.params)

    def flops(teacher: str) -> float:
        state = make_state(teacher=teacher == "frozen", optimizer=optimizer)
        lowered = make_step(teacher=teacher, optimizer=optimizer).lower(state, batch)
        return lowered.compile().cost_analysis()["flops"]

    assert flops("none") < 0.75 * flops("frozen")


def test_a_gradient_that_is_not_finite_changes_nothing():
    state = make_state()
    bad = make_batch()
    bad.behaviour_logp_BT[0, 0] = np.nan
    for teacher in ("frozen", "ema"):
        new, metrics = make_step(teacher=teacher)(state, bad)
        assert metrics["update/skipped"] == 1
        assert new.step == 1
        for name in ("params", "opt_state", "teacher_params"):
            assert_trees_close(getattr(new, name), getattr(state, name), 0, 0)
    _, metrics = make_step()(state, make_batch())
    assert metrics["update/skipped"] == 0


def assert_no_update(step, state, batch):
    """Nothing but the step goes on; ``state`` has momentum, so that a gradient of 0 moves it."""
    new, metrics = step(state, batch)
    assert metrics["update/empty"] == 1
    assert metrics["update/skipped"] == metrics["loss/total"] == metrics["grad/norm"] == 0
    assert new.step == state.step + 1
    for name in ("params", "opt_state", "teacher_params"):
        assert_trees_close(getattr(new, name), getattr(state, name), 0, 0)
    return metrics


@pytest.mark.parametrize("teacher", ["frozen", "ema"])
def test_a_batch_without_any_judged_rollout_is_no_update(teacher):
    batch = dataclasses.replace(make_batch(), sample_mask_B=np.zeros(ROWS, bool))
    step = make_step(teacher=teacher)
    state, metrics = step(make_state(), make_batch())
    assert metrics["update/empty"] == 0
    metrics = assert_no_update(step, state, batch)
    assert metrics["rollouts/empty"] == ROWS


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"beta": 0.0}, {"has_teacher_B": False}),
        ({"distill_weight": 0.0, "drop_flat_groups": True}, {"flat_B": True}),
        ({"beta": 0.0, "distill_weight": 0.0, "sft_weight": 1.0}, {"imitate_B": False}),
        ({"distill_weight": 0.0, "beta_final_share": 0.0, "num_updates": 1}, {}),
    ],
    ids=["no feedback", "flat groups", "no example", "beta at 0"],
)
def test_a_batch_that_counts_in_no_term_with_a_weight_is_no_update(options, fields):
    step = make_step(dataclasses.replace(SETTINGS, **options))
    fields = {name: np.full(ROWS, value) for name, value in fields.items()}
    state, _ = make_step()(make_state(), make_batch())
    batch = dataclasses.replace(make_batch(1), **fields)
    assert_no_update(step, state, batch)
    back = make_step(dataclasses.replace(SETTINGS, **{**options, "reference_kl": 0.1}))
    reference = {"reference_logp_BT": batch.behaviour_logp_BT}
    _, metrics = back(state, dataclasses.replace(batch, **reference))
    assert metrics["update/empty"] == 0


def test_the_loss_is_that_of_the_updates_beta():
    """beta goes from 0.5 to 0 over five updates; at the third it is half of that."""
    settings = dataclasses.replace(SETTINGS, beta_final_share=0.0, num_updates=5)
    now = dataclasses.replace(SETTINGS, beta=0.25)
    state = dataclasses.replace(make_state(), step=jnp.asarray(2, jnp.int32))
    (new, metrics), (expected, fixed) = (
        make_step(each)(state, make_batch()) for each in (settings, now)
    )
    assert metrics["loss/beta"] == 0.25
    np.testing.assert_allclose(metrics["loss/total"], fixed["loss/total"], rtol=1e-6)
    np.testing.assert_allclose(metrics["grad/norm"], fixed["grad/norm"], rtol=1e-5)
    assert_trees_close(new.params, expected.params)


def test_it_learns_what_the_teacher_knows():
    optimizer = optax.adam(0.02)
    settings = dataclasses.replace(SETTINGS, beta=0.0)
    step, batch = make_step(settings, optimizer=optimizer), make_batch()
    state = make_state(optimizer=optimizer)
    values = []
    for _ in range(60):
        state, metrics = step(state, batch)
        values.append(float(metrics["loss/vsdpo"]))
    assert values[-1] < 0.3 * values[0]


def test_grpo_raises_what_did_well():
    """On-policy, the log-probability of the better completion rises, that of the worse falls."""
    batch = make_batch()
    advantage = np.where(np.arange(ROWS) == 0, 1, np.where(np.arange(ROWS) == 4, -1, 0))
    settings = dataclasses.replace(SETTINGS, beta=1.0)
    step = make_step(settings, teacher="none", optimizer=optax.sgd(0.1))
    batch = dataclasses.replace(batch, advantage_B=advantage.astype(np.float32))
    start = make_state(teacher=False, optimizer=optax.sgd(0.1))
    first = _logp(start.params, batch)
    batch = dataclasses.replace(batch, behaviour_logp_BT=first)
    state, metrics = step(start, batch)
    np.testing.assert_allclose(metrics["policy/ratio_max"], 1, rtol=1e-5)
    assert metrics["policy/clip_fraction"] == 0
    moved = (np.asarray(_logp(state.params, batch)) - first).sum(
        axis=1, where=batch.completion_mask_BT
    )
    assert moved[0] > 0 > moved[4]


def _logp(params, batch: TrainBatch) -> np.ndarray:
    hidden = tiny.hidden(
        params, jnp.asarray(batch.student_tokens_BS), jnp.asarray(batch.student_mask_BS)
    )
    every = jax.nn.log_softmax(hidden[:, PROMPT - 1 : -1] @ tiny.head(params).T)
    completion = batch.student_tokens_BS[:, PROMPT:, None]
    return np.asarray(jnp.take_along_axis(every, jnp.asarray(completion), axis=2)[..., 0])


def test_the_state_can_be_donated():
    step = jax.jit(make_step(jit=False, teacher="ema"), donate_argnums=0)
    state, metrics = run(step)
    expected, expected_metrics = run(make_step(teacher="ema"))
    assert_trees_close(state.params, expected.params)
    assert_trees_close(metrics, expected_metrics, 1e-4)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"weight_BT": np.ones((ROWS, LENGTH + 1), np.float32)}, "weight_BT has shape"),
        ({"advantage_B": np.ones(ROWS - 1, np.float32)}, "advantage_B has shape"),
        ({"teacher_mask_BR": np.ones((ROWS, 3), bool)}, "teacher tokens have shape"),
        (
            {
                "student_tokens_BS": np.ones((ROWS, LENGTH), np.int32),
                "student_mask_BS": np.ones((ROWS, LENGTH), bool),
            },
            "at least one column",
        ),
    ],
)
def test_shapes_are_checked(change, match):
    with pytest.raises(ValueError, match=match):
        make_step()(make_state(), dataclasses.replace(make_batch(), **change))


def test_bad_settings():
    with pytest.raises(ValueError, match=r"ema_rate is 1\.5"):
        make_step(ema_rate=1.5)
    with pytest.raises(ValueError, match="num_microbatches is 0"):
        make_step(num_microbatches=0)
    with pytest.raises(ValueError, match="8 rollouts do not split into 3"):
        make_step(num_microbatches=3)(make_state(), make_batch())
    with pytest.raises(ValueError, match="must be a copy"):
        make_step(teacher="ema")(make_state(teacher=False), make_batch())
    with pytest.raises(ValueError, match="must be None"):
        make_step(teacher="live")(make_state(), make_batch())
