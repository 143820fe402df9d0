import gc
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from vsdpo_jax.core.step import TrainState
from vsdpo_jax.runtime.checkpoint import latest_step, restore, save
from vsdpo_jax.runtime.mesh import make_mesh, shard_params
from vsdpo_jax.runtime.workdir import WorkdirError

OPTIMIZER = optax.chain(
    optax.clip_by_global_norm(1.0),
    optax.adamw(optax.schedules.warmup_constant_schedule(1e-3, 1e-2, 3)),
)


def fresh_state(width: int = 8, *, has_teacher: bool = True) -> TrainState:
    keys = jax.random.split(jax.random.key(0), 3)
    params = {
        "embed_tokens": jax.random.normal(keys[0], (16, width)),
        "layers": {"q_proj": jax.random.normal(keys[1], (2, width, width), jnp.bfloat16),
                   "norm": jnp.ones((2, width))},
    }  # fmt: skip
    return TrainState(
        params=params, opt_state=OPTIMIZER.init(params), step=jnp.zeros((), jnp.int32),
        teacher_params=jax.tree.map(jnp.copy, params) if has_teacher else None,
    )  # fmt: skip


@jax.jit
def _gradient(params, key):
    def loss(params):
        x_TD = params["embed_tokens"][jax.random.randint(key, (32,), 0, 16)]
        y_TD = (
            x_TD @ params["layers"]["q_proj"][0].astype(jnp.float32) * params["layers"]["norm"][1:]
        )
        return jnp.mean(jnp.sin(y_TD))

    return jax.grad(loss)(params)


def _update(state: TrainState) -> TrainState:
    grads = _gradient(state.params, jax.random.fold_in(jax.random.key(7), state.step))
    updates, opt_state = OPTIMIZER.update(grads, state.opt_state, state.params)
    return TrainState(
        params=optax.apply_updates(state.params, updates), opt_state=opt_state,
        step=state.step + 1, teacher_params=state.teacher_params,
    )  # fmt: skip


update = jax.jit(_update, donate_argnums=0)


def run(
    state: TrainState, num_steps: int, workdir=None, every: int = 1, keep: int = 2
) -> TrainState:
    for _ in range(num_steps):
        state = update(state)
        if workdir is not None and int(state.step) % every == 0:
            save(workdir, state, keep=keep)
    return state


def assert_identical(left, right):
    assert jax.tree.structure(left) == jax.tree.structure(right)
    for one, other in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        assert one.dtype == other.dtype
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


def test_without_a_checkpoint_the_run_starts_fresh(tmp_path):
    state = fresh_state()
    assert latest_step(tmp_path) is None
    assert restore(tmp_path, state) is state
    assert not list(tmp_path.iterdir())


# Orbax's readers of a damaged file complain once more when they are collected.
collected_here = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.parametrize("has_teacher", [True, False])
def test_a_resumed_run_equals_the_uninterrupted_one_bit_for_bit(tmp_path, has_teacher):
    expected = run(fresh_state(has_teacher=has_teacher), 7)
    run(fresh_state(has_teacher=has_teacher), 5, tmp_path, every=3)
    resumed = restore(tmp_path, fresh_state(has_teacher=has_teacher))
    assert int(resumed.step) == 3
    assert_identical(run(resumed, 4, tmp_path, every=3), expected)
    assert latest_step(tmp_path) == 6


def test_the_update_after_a_save_does_not_reach_into_the_checkpoint(tmp_path):
    state = run(fresh_state(), 1)
    kept = jax.tree.map(np.array, state)
    save(tmp_path, state, keep=1)
    run(state, 5)  # donates the buffers that were saved
    assert_identical(restore(tmp_path, fresh_state()), kept)


def test_the_newest_are_kept(tmp_path):
    run(fresh_state(), 5, tmp_path, keep=2)
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["4", "5"]
    save(tmp_path, run(fresh_state(), 5), keep=2)  # the same step again
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["4", "5"]


def test_what_a_killed_run_left_half_written_is_passed_over(tmp_path):
    run(fresh_state(), 2, tmp_path)
    checkpoints = tmp_path / "checkpoints"
    shutil.copytree(checkpoints / "2", checkpoints / "3.orbax-checkpoint-tmp-0")
    assert latest_step(tmp_path) == 2
    assert int(restore(tmp_path, fresh_state()).step) == 2


def test_a_checkpoint_of_another_model_names_the_differences(tmp_path):
    run(fresh_state(width=4), 1, tmp_path)
    with pytest.raises(WorkdirError, match="another model or optimizer") as caught:
        restore(tmp_path, fresh_state(width=8))
    assert "params/embed_tokens: float32[16, 4] there, float32[16, 8] in this run" in str(
        caught.value
    )
    with pytest.raises(
        WorkdirError, match=r"teacher_params/layers/norm: float32\[2, 4\] there, absent"
    ):
        restore(tmp_path, fresh_state(width=4, has_teacher=False))


@collected_here
def test_a_damaged_checkpoint_is_named(tmp_path):
    run(fresh_state(), 1, tmp_path)
    for path in (tmp_path / "checkpoints" / "1").rglob("*"):
        if path.is_file() and "_METADATA" not in path.name and "_CHECKPOINT" not in path.name:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(WorkdirError, match=r"checkpoints/1: this checkpoint is damaged"):
        restore(tmp_path, fresh_state())
    gc.collect()


@collected_here
def test_a_checkpoint_without_its_description_is_damaged_too(tmp_path):
    run(fresh_state(), 1, tmp_path)
    for path in (tmp_path / "checkpoints" / "1").rglob("_METADATA"):
        path.unlink()
    with pytest.raises(WorkdirError, match=r"checkpoints/1: this checkpoint is damaged \(its desc"):
        restore(tmp_path, fresh_state())
    gc.collect()


def test_parameters_come_back_to_their_places_on_the_mesh(tmp_path):
    state = run(fresh_state(), 1, tmp_path)
    mesh = make_mesh(data=2, fsdp=2, tensor=2)
    fresh = fresh_state()
    placed = fresh.replace(
        params=shard_params(fresh.params, mesh),
        teacher_params=shard_params(fresh.teacher_params, mesh),
    )
    restored = restore(tmp_path, placed)
    assert restored.params["embed_tokens"].sharding == placed.params["embed_tokens"].sharding
    assert_identical(
        jax.tree.map(np.asarray, restored.params), jax.tree.map(np.asarray, state.params)
    )
