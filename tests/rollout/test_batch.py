"""Padding: what stands where, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.core.step import TrainBatch, check_shapes
from vsdpo_jax.rollout.batch import (
    PromptTooLongError,
    bucket_length,
    bucket_lengths,
    build_train_batch,
    pad_left,
)

PAD = 9


def ids(*numbers: int) -> np.ndarray:
    return np.asarray(numbers, np.int32)


def arguments(**changes: Any) -> dict[str, Any]:
    """Two rollouts: one that stopped after three tokens, one that filled all four."""
    base = {
        "prompt_ids": [ids(1, 2), ids(3)],
        "teacher_prompt_ids": [ids(1, 2, 7, 8), ids(3, 7)],
        "completion_ids": [ids(4, 5, 6), ids(4, 4, 4, 4)],
        "behaviour_logp": [np.float32([-1, -2, -3]), np.float32([-1, -1, -1, -1])],
        "weights": [np.float32([1, 2, 1]), np.float32([1, 1, 3, 1])],
        "advantages": np.float32([0.5, -0.5]),
        "has_teacher": np.array([True, False]),
        "sample_mask": np.array([True, True]),
        "prompt_limit": 3,
        "teacher_prompt_limit": 5,
        "max_new_tokens": 4,
        "pad_id": PAD,
    }
    return base | changes


def test_prompts_end_in_the_last_column() -> None:
    tokens_PS, mask_PS = pad_left([ids(1, 2, 3), ids(4)], 4, pad_id=PAD, setting="x")
    assert tokens_PS.tolist() == [[PAD, 1, 2, 3], [PAD, PAD, PAD, 4]]
    assert mask_PS.tolist() == [[False, True, True, True], [False, False, False, True]]
    assert (tokens_PS.dtype, mask_PS.dtype) == (np.int32, bool)


@given(st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=12), max_size=6))
def test_masked_tokens_are_the_prompts(prompts: list[list[int]]) -> None:
    tokens_PS, mask_PS = pad_left([ids(*p) for p in prompts], 12, pad_id=PAD, setting="x")
    assert [row[mask].tolist() for row, mask in zip(tokens_PS, mask_PS, strict=True)] == prompts
    assert np.all(tokens_PS[~mask_PS] == PAD)


def test_prompts_are_never_cut() -> None:
    prompts = [ids(1), ids(*range(6)), ids(*range(8))]
    message = r"prompt 1 has 6 tokens, but rollout.prompt_limit is 5.*longest of this batch needs 8"
    with pytest.raises(PromptTooLongError, match=message):
        pad_left(prompts, 5, pad_id=PAD, setting="rollout.prompt_limit")
    with pytest.raises(ValueError, match="prompt 0 is empty"):
        pad_left([ids()], 5, pad_id=PAD, setting="x")


def test_a_batch_by_hand() -> None:
    arrays = build_train_batch(**arguments())
    assert arrays["student_tokens_BS"].tolist() == [
        [PAD, 1, 2, 4, 5, 6, PAD],
        [PAD, PAD, 3, 4, 4, 4, 4],
    ]
    assert arrays["student_mask_BS"].astype(int).tolist() == [
        [0, 1, 1, 1, 1, 1, 0],
        [0, 0, 1, 1, 1, 1, 1],
    ]
    assert arrays["teacher_tokens_BR"].tolist() == [
        [PAD, 1, 2, 7, 8, 4, 5, 6, PAD],
        [PAD, PAD, PAD, 3, 7, 4, 4, 4, 4],
    ]
    assert arrays["teacher_mask_BR"].astype(int).tolist() == [
        [0, 1, 1, 1, 1, 1, 1, 1, 0],
        [0, 0, 0, 1, 1, 1, 1, 1, 1],
    ]
    assert arrays["completion_mask_BT"].astype(int).tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert arrays["weight_BT"].tolist() == [[1, 2, 1, 0], [1, 1, 3, 1]]
    assert arrays["behaviour_logp_BT"].tolist() == [[-1, -2, -3, 0], [-1, -1, -1, -1]]
    assert arrays["has_teacher_B"].tolist() == [True, False]


def test_the_fields_are_those_of_the_training_step() -> None:
    batch = TrainBatch(**build_train_batch(**arguments()))
    check_shapes(batch, num_microbatches=1)
    dtypes = {array.dtype.name for array in vars(batch).values() if array is not None}
    assert dtypes == {"int32", "bool", "float32"}


def test_a_rollout_without_teacher_needs_no_teacher_prompt() -> None:
    arrays = build_train_batch(**arguments(teacher_prompt_ids=[ids(1, 2, 7), None]))
    assert arrays["teacher_tokens_BR"][1].tolist() == [PAD, PAD, PAD, PAD, 3, 4, 4, 4, 4]
    with pytest.raises(ValueError, match="rollout 0 has has_teacher set but no teacher prompt"):
        build_train_batch(**arguments(teacher_prompt_ids=[None, None]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prompt_limit": 1}, "rollout.prompt_limit is 1"),
        ({"teacher_prompt_limit": 3}, "teacher.prompt_limit is 3"),
        ({"max_new_tokens": 3}, "completion 1 has 4 tokens, more than max_new_tokens, 3"),
        ({"weights": [np.ones(3)]}, "weights has 1 entries for 2 completions"),
        ({"weights": [np.ones(3), np.ones(3)]}, r"weights\[1\] has 3 entries for 4 tokens"),
        ({"advantages": np.zeros(3)}, "advantages has 3 entries"),
        ({"behaviour_logp": [np.zeros(2), np.zeros(4)]}, r"behaviour_logp\[0\] has 2"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_train_batch(**arguments(**changes))


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_buckets_hold_what_they_are_asked_for(length: int, limit: int) -> None:
    if length > limit:
        with pytest.raises(ValueError, match=f"length is {length}.*limit, {limit}"):
            bucket_length(length, limit)
        return
    bucket = bucket_length(length, limit)
    assert length <= bucket <= limit
    assert bucket in (bucket_length(bucket, limit), limit)
    assert bucket <= max(64, length * 3 // 2), "at most a third of it is padding"


def test_buckets_are_few() -> None:
    buckets = sorted({bucket_length(length, 4000) for length in range(4001)})
    assert buckets == [64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4000]
    assert bucket_lengths(4000) == buckets[:-1]
    assert bucket_lengths(63) == []
    assert {bucket_length(length, 40) for length in range(41)} == {40}
    with pytest.raises(ValueError, match="length is -1"):
        bucket_length(-1, 4)
