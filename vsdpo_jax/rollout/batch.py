"""Lists of token ids -> arrays of fixed shape, padded on the side that each reader needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Int32

Ids = np.ndarray

SMALLEST_BUCKET = 64


class PromptTooLongError(ValueError):
    """A prompt does not fit its limit. Prompts are never cut: half a brief is another task."""


def pad_left(
    prompt_ids: Sequence[Ids], length: int, *, pad_id: int, setting: str
) -> tuple[Int32[np.ndarray, "P S"], Bool[np.ndarray, "P S"]]:
    """Prompts of one length, their last token in the last column.

    Args:
      prompt_ids: int[P_i] each.
      length: S, columns.
      pad_id: what fills the columns on the left; its value changes nothing.
      setting: name of the setting that holds ``length``, for the error.

    Returns:
      tokens_PS, and mask_PS which is True for tokens.

    Raises:
      PromptTooLongError: a prompt has more than ``length`` tokens.
      ValueError: a prompt has none.
    """
    tokens_PS = np.full((len(prompt_ids), length), pad_id, np.int32)
    mask_PS = np.zeros((len(prompt_ids), length), bool)
    for row, ids in enumerate(prompt_ids):
        if len(ids) > length:
            longest = max(len(other) for other in prompt_ids)
            raise PromptTooLongError(
                f"prompt {row} has {len(ids)} tokens, but {setting} is {length}; shorten it or "
                f"raise {setting} (the longest of this batch needs {longest})"
            )
        if len(ids) == 0:
            raise ValueError(
                f"prompt {row} is empty; a model needs at least one token to go on from"
            )
        tokens_PS[row, length - len(ids) :] = ids
        mask_PS[row, length - len(ids) :] = True
    return tokens_PS, mask_PS


def bucket_length(length: int, limit: int) -> int:
    """A length to pad to, of so few that a run compiles a handful of programs.

    They are 64, 96, 128, 192, 256, 384, ..., two in every doubling, and ``limit`` itself: at most
    a third of the columns is padding from 64 on, and 4096 has 13 lengths below and with it.

    Args:
      length: of the longest prompt (or of anything else that is padded).
      limit: the longest that is allowed.

    Returns:
      The smallest of these lengths that holds ``length``, at most ``limit``.

    Raises:
      ValueError: ``length`` is negative or above ``limit``.
    """
    if not 0 <= length <= limit:
        raise ValueError(f"length is {length}; it must lie between 0 and the limit, {limit}")
    return next((bucket for bucket in _buckets(limit) if bucket >= length), limit)


def bucket_lengths(limit: int) -> list[int]:
    """The lengths of ``bucket_length`` up to ``limit``, ascending."""
    return list(_buckets(limit))


def _buckets(limit: int) -> Iterator[int]:
    bucket = SMALLEST_BUCKET
    while bucket <= limit:
        yield bucket
        # A power of two is followed by one and a half of it, and that by the next power of two.
        bucket = bucket * 3 // 2 if bucket & (bucket - 1) == 0 else bucket * 4 // 3


def build_train_batch(
    *,
    prompt_ids: Sequence[Ids],
    teacher_prompt_ids: Sequence[Ids | None],
    completion_ids: Sequence[Ids],
    behaviour_logp: Sequence[np.ndarray],
    weights: Sequence[np.ndarray],
    advantages: np.ndarray,
    has_teacher: np.ndarray,
    sample_mask: np.ndarray,
    prompt_limit: int,
    teacher_prompt_limit: int,
    max_new_tokens: int,
    pad_id: int,
) -> dict[str, np.ndarray]:
    """The fields of core.step.TrainBatch for B rollouts, as numpy arrays.

    Args:
      prompt_ids: what the student read.
      teacher_prompt_ids: what the teacher reads instead; None where has_teacher is False (its
        rows then hold the student's prompt, so that shapes and masks stay sound).
      completion_ids: int[T_i] sampled tokens, the stop token included.
      behaviour_logp, weights: float[T_i] of each sampled token.
      advantages: float[B].
      has_teacher, sample_mask: bool[B].
      prompt_limit: P, columns of the student's prompt; its setting is rollout.prompt_limit.
      teacher_prompt_limit: columns of the teacher's; its setting is teacher.prompt_limit.
      max_new_tokens: T, columns of the completion.
      pad_id: fills what masks leave out.

    Returns:
      student_tokens_BS, student_mask_BS, teacher_tokens_BR, teacher_mask_BR, completion_mask_BT,
      weight_BT, behaviour_logp_BT, advantage_B, has_teacher_B, sample_mask_B.

    Raises:
      PromptTooLongError: a prompt exceeds its limit.
      ValueError: lists that disagree in number or length.
    """
    rows = len(completion_ids)
    for name, items in (
        ("prompt_ids", prompt_ids), ("teacher_prompt_ids", teacher_prompt_ids),
        ("behaviour_logp", behaviour_logp), ("weights", weights), ("advantages", advantages),
        ("has_teacher", has_teacher), ("sample_mask", sample_mask),
    ):  # fmt: skip
        if len(items) != rows:
            raise ValueError(f"{name} has {len(items)} entries for {rows} completions")
    teacher_ids = [
        _teacher_prompt(row, ids, prompt_ids[row], bool(has_teacher[row]))
        for row, ids in enumerate(teacher_prompt_ids)
    ]
    completion_BT, completion_mask_BT = _pad_completions(completion_ids, max_new_tokens, pad_id)
    student = pad_left(prompt_ids, prompt_limit, pad_id=pad_id, setting="rollout.prompt_limit")
    teacher = pad_left(
        teacher_ids, teacher_prompt_limit, pad_id=pad_id, setting="teacher.prompt_limit"
    )
    return {
        "student_tokens_BS": np.concatenate([student[0], completion_BT], axis=1),
        "student_mask_BS": np.concatenate([student[1], completion_mask_BT], axis=1),
        "teacher_tokens_BR": np.concatenate([teacher[0], completion_BT], axis=1),
        "teacher_mask_BR": np.concatenate([teacher[1], completion_mask_BT], axis=1),
        "completion_mask_BT": completion_mask_BT,
        "weight_BT": _pad_values("weights", weights, completion_mask_BT),
        "behaviour_logp_BT": _pad_values("behaviour_logp", behaviour_logp, completion_mask_BT),
        "advantage_B": np.asarray(advantages, np.float32),
        "has_teacher_B": np.asarray(has_teacher, bool),
        "sample_mask_B": np.asarray(sample_mask, bool),
    }


def _teacher_prompt(row: int, ids: Ids | None, student_ids: Ids, has_teacher: bool) -> Ids:
    if ids is not None:
        return ids
    if has_teacher:
        raise ValueError(f"rollout {row} has has_teacher set but no teacher prompt")
    return student_ids


def _pad_completions(
    completion_ids: Sequence[Ids], length: int, pad_id: int
) -> tuple[np.ndarray, np.ndarray]:
    tokens_BT = np.full((len(completion_ids), length), pad_id, np.int32)
    mask_BT = np.zeros((len(completion_ids), length), bool)
    for row, ids in enumerate(completion_ids):
        if len(ids) > length:
            raise ValueError(
                f"completion {row} has {len(ids)} tokens, more than max_new_tokens, {length}"
            )
        tokens_BT[row, : len(ids)] = ids
        mask_BT[row, : len(ids)] = True
    return tokens_BT, mask_BT


def _pad_values(
    name: str, values: Sequence[np.ndarray], mask_BT: Bool[np.ndarray, "B T"]
) -> np.ndarray:
    padded_BT = np.zeros(mask_BT.shape, np.float32)
    for row, (value_T, length) in enumerate(zip(values, mask_BT.sum(axis=1), strict=True)):
        if len(value_T) != length:
            raise ValueError(f"{name}[{row}] has {len(value_T)} entries for {length} tokens")
        padded_BT[row, :length] = value_T
    return padded_BT
