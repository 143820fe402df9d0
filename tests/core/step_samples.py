"""Batches, states and steps of the tiny model, for tests of the update."""

from __future__ import annotations

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax

from vsdpo_jax.core.objective import ObjectiveSettings
from vsdpo_jax.core.step import TrainBatch, TrainState, make_train_step
from vsdpo_jax.testing import tiny

ROWS, PROMPT, TEACHER_PROMPT, LENGTH = 8, 5, 9, 6
SETTINGS = ObjectiveSettings(beta=0.5, head_chunk=7)
OPTIMIZER = optax.adamw(0.05)


def pad_left(rows: list[np.ndarray], length: int) -> tuple[np.ndarray, np.ndarray]:
    tokens, mask = np.zeros((len(rows), length), np.int32), np.zeros((len(rows), length), bool)
    for index, row in enumerate(rows):
        tokens[index, length - len(row) :] = row
        mask[index, length - len(row) :] = True
    return tokens, mask


def make_batch(seed: int = 0, *, same_context: bool = False) -> TrainBatch:
    """Ragged prompts and completions; row 1 without teacher, row 2 not judged, row 3 empty."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, LENGTH + 1, size=ROWS)
    lengths[3] = 0
    completion_mask = np.arange(LENGTH)[None] < lengths[:, None]
    completion = np.where(completion_mask, rng.integers(tiny.VOCAB, size=(ROWS, LENGTH)), 0)
    prompts = [rng.integers(tiny.VOCAB, size=rng.integers(1, PROMPT + 1)) for _ in range(ROWS)]
    feedback = [rng.integers(tiny.VOCAB, size=rng.integers(1, 5)) for _ in range(ROWS)]
    teacher_prompts = [
        x if same_context else np.concatenate([x, y])
        for x, y in zip(prompts, feedback, strict=True)
    ]
    student_tokens, student_mask = pad_left(prompts, PROMPT)
    teacher_tokens, teacher_mask = pad_left(teacher_prompts, TEACHER_PROMPT)
    row = np.arange(ROWS)
    return TrainBatch(
        student_tokens_BS=np.concatenate([student_tokens, completion], axis=1).astype(np.int32),
        student_mask_BS=np.concatenate([student_mask, completion_mask], axis=1),
        teacher_tokens_BR=np.concatenate([teacher_tokens, completion], axis=1).astype(np.int32),
        teacher_mask_BR=np.concatenate([teacher_mask, completion_mask], axis=1),
        completion_mask_BT=completion_mask,
        weight_BT=rng.choice([1, 4], size=(ROWS, LENGTH)).astype(np.float32),
        behaviour_logp_BT=-rng.exponential(size=(ROWS, LENGTH)).astype(np.float32) - 1,
        advantage_B=rng.normal(size=ROWS).astype(np.float32),
        has_teacher_B=row != 1,
        sample_mask_B=row != 2,
    )


def make_state(seed: int = 0, *, teacher: bool = True, optimizer=OPTIMIZER) -> TrainState:
    params = tiny.init(jax.random.key(seed))
    return TrainState(
        params=params,
        opt_state=optimizer.init(params),
        step=jnp.zeros((), jnp.int32),
        teacher_params=tiny.init(jax.random.key(seed + 1)) if teacher else None,
    )


def make_step(settings=SETTINGS, *, jit: bool = True, optimizer=OPTIMIZER, **options):
    options = {"teacher": "frozen", **options}
    step = make_train_step(tiny.hidden, tiny.head, optimizer, settings, **options)
    return jax.jit(step) if jit else step


def run(step, batches: int = 3, state: TrainState | None = None) -> tuple[TrainState, dict]:
    state = make_state() if state is None else state
    metrics = {}
    for seed in range(batches):
        state, metrics = step(state, make_batch(seed))
    return state, metrics


def assert_trees_close(actual, expected, rtol: float = 1e-5, atol: float = 1e-6) -> None:
    jax.tree.map(
        functools.partial(np.testing.assert_allclose, rtol=rtol, atol=atol), actual, expected
    )


def with_all_fields(batch: TrainBatch, seed: int = 7, **change) -> TrainBatch:
    """The batch with all that options may ask for, and images in both prompts of some rows."""
    rng = np.random.default_rng(seed)
    fields = {
        name: rng.random(ROWS) < 0.4
        for name in ("truncated_B", "flat_B", "satisfied_B", "imitate_B")
    }
    for name, tokens in (
        ("student_vision", batch.student_tokens_BS),
        ("teacher_vision", batch.teacher_tokens_BR),
    ):
        slot = np.full(tokens.shape, -1, np.int32)
        slot[::2, tokens.shape[1] - LENGTH - 1] = 1
        patches = rng.normal(size=(ROWS, 2, tiny.WIDTH)).astype(np.float32)
        fields[name] = {"patches_BFD": patches, "slot_BS": slot}
    fields["pass_rate_B"] = rng.choice([0.25, 0.5, 1], size=ROWS).astype(np.float32)
    fields["reference_logp_BT"] = -rng.exponential(size=(ROWS, LENGTH)).astype(np.float32) - 1
    return dataclasses.replace(batch, **{**fields, **change})
