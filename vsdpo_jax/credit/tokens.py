"""From statements to tokens: the weight of each token of a completion (section 2.3)."""

from __future__ import annotations

import numpy as np

from vsdpo_jax.credit.statements import Statements

# What stands between statements: whitespace and the semicolon. Inside a statement they look back
# at the statement itself, so no case is needed for them.
_SEPARATORS = np.array([ord(character) for character in " \t\n\r\f\v;"], np.uint32)


def token_weights(
    offsets_T2: np.ndarray, statements: Statements, weight_S: np.ndarray, program_offset: int
) -> np.ndarray:
    """The weight of each token: that of its statement, whatever the tokenizer's cuts are.

    A token belongs to the smallest statement around its first character that is neither whitespace
    nor a semicolon; a token of nothing else inherits the nearest preceding statement. Weight 1 goes
    to tokens without a statement: before the first one, in comments that stand outside statements,
    in the part that does not parse, and outside the program (fences, prose, special tokens).

    Args:
      offsets_T2: int[T, 2], the characters [start, end) of each token in the completion; special
        tokens are empty.
      statements: of the program, S of them.
      weight_S: float[S] (Eq. 5).
      program_offset: where the program starts in the completion.

    Returns:
      float32[T].

    Raises:
      ValueError: weight_S does not hold one weight for each statement.
    """
    weight_S = np.asarray(weight_S, np.float64)
    if weight_S.shape != (len(statements),):
        raise ValueError(
            f"weight_S has shape {weight_S.shape}, but the program has {len(statements)} statements"
        )
    size = len(statements.source)
    owner_C, next_inked_C = _owners(statements)
    padded_weight = np.append(weight_S, 1.0)  # index -1: no statement
    offsets_T2 = np.asarray(offsets_T2, np.int64).reshape(-1, 2) - program_offset
    start_T = np.clip(offsets_T2[:, 0], 0, size)
    end_T = np.clip(offsets_T2[:, 1], 0, size)
    inked_T = next_inked_C[start_T]
    is_inked_T = inked_T < end_T
    # A closing fence may come with the line break before it: "\n```" is no part of the program.
    reaches_out_T = offsets_T2[:, 1] > size
    position_T = np.where(is_inked_T, inked_T, np.where(reaches_out_T, size, start_T))
    owner_T = np.where(start_T < end_T, owner_C[position_T], -1)
    return padded_weight[owner_T].astype(np.float32)


def _owners(statements: Statements) -> tuple[np.ndarray, np.ndarray]:
    """The statement of every character, separators having inherited theirs.

    Returns:
      owner_C: int[C + 1], -1 for none; the last entry is the end of the program, without owner.
      next_inked_C: int[C + 1], the first character from here that is no separator; C for none.
    """
    source = statements.source
    size = len(source)
    code_C = np.frombuffer(source.encode("utf-32-le", "surrogatepass"), np.uint32)
    is_inked_C = ~np.isin(code_C, _SEPARATORS)
    owner_C = statements.owner_of_characters()
    position_C = np.arange(size)
    # The last inked character of a statement up to here; -1 reads the appended "none".
    source_C = np.maximum.accumulate(np.where(is_inked_C & (owner_C >= 0), position_C, -1))
    inherited_C = np.append(owner_C, -1)[source_C]
    owner_C = np.where(is_inked_C, owner_C, inherited_C)
    owner_C[statements.parsed_end :] = -1
    inked_C = np.where(is_inked_C, position_C, size)
    next_inked_C = np.minimum.accumulate(inked_C[::-1])[::-1]
    return np.append(owner_C, -1), np.append(next_inked_C, size)
