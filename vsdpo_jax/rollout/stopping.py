"""Stop strings: a table that says, token by token, whether one of them is complete.

Texts are compared as bytes: a stop string may begin in the middle of a token and end in the middle
of another, and neither needs to be a token itself. The strings become one automaton over bytes
(Aho and Corasick, 1975), whose step is then worked out for every token of the vocabulary, so that
a compiled loop follows a row with one look-up and without asking the host.

Axes: Q states, V token ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt

NUM_BYTES = 256


@dataclass(frozen=True, kw_only=True)
class StopTable:
    """The automaton of some stop strings over the tokens of one vocabulary.

    A state is the longest end of what was read that begins a stop string. Reading starts in
    state 0; the last state says that a stop string has occurred, and is never left.

    Attributes:
      strings: the stop strings.
      next_QV: the state after reading token v in state q, in the smallest unsigned type.
    """

    strings: tuple[str, ...]
    next_QV: UInt[np.ndarray, "Q V"]

    @property
    def found(self) -> int:
        """The state after a stop string."""
        return len(self.next_QV) - 1


def stop_table(strings: Sequence[str], token_bytes: Sequence[bytes | None]) -> StopTable:
    """Compiles stop strings. Costs one byte (two from 256 states on) a state and token.

    Args:
      strings: at least one; each ends a completion as soon as its last byte is there.
      token_bytes: what each id adds to the text: b"" for special tokens, which are not part of
        it, and None for ids that mean nothing.

    Raises:
      ValueError: no strings, an empty one, one that cannot be in a text, or no tokens.
    """
    patterns = _check(strings)
    if not token_bytes:
        raise ValueError("token_bytes is empty; give the bytes of every id of the tokenizer")
    by_byte = _byte_steps(patterns)
    next_QV = _token_steps(by_byte, [piece or b"" for piece in token_bytes])
    return StopTable(
        strings=tuple(strings), next_QV=next_QV.astype(np.min_scalar_type(len(next_QV) - 1))
    )


def trim(text: str, strings: Sequence[str]) -> str:
    """``text`` up to the stop string that ended it, which is left out; whole when there is none.

    For people: what is trained on keeps every token that was sampled. Where several strings occur,
    the one that is complete first counts, and of those that end together the longest: the choice
    does not depend on where tokens begin and end.

    Raises:
      ValueError: as ``stop_table``, except that no strings at all leave the text as it is.
    """
    if isinstance(strings, str) or strings:
        _check(strings)
    starts = [(text.find(string), len(string)) for string in strings]
    cuts = [(start + length, start) for start, length in starts if start >= 0]
    return text[: min(cuts)[1]] if cuts else text


def _check(strings: Sequence[str]) -> list[bytes]:
    if isinstance(strings, str):
        raise ValueError(f"stop strings are {strings!r}; give a list: ({strings!r},)")
    if not strings:
        raise ValueError("there are no stop strings; give at least one, or no stop table")
    for index, string in enumerate(strings):
        if not string:
            raise ValueError(f"stop string {index} is empty; it would end every text at once")
        if "\ufffd" in string:
            raise ValueError(
                f"stop string {index}, {string!r}, holds U+FFFD, which stands for bytes that are "
                "no text; leave it out"
            )
        if any("\ud800" <= letter <= "\udfff" for letter in string):
            raise ValueError(f"stop string {index}, {string!r}, holds half a surrogate pair")
    return [string.encode("utf-8") for string in strings]


def _byte_steps(patterns: Sequence[bytes]) -> np.ndarray:
    """int64[Q, 256]: the automaton over bytes. States are the beginnings of patterns, by length."""
    prefixes = sorted(
        {pattern[:length] for pattern in patterns for length in range(len(pattern) + 1)},
        key=lambda prefix: (len(prefix), prefix),
    )
    state_of = {prefix: state for state, prefix in enumerate(prefixes)}
    steps = np.zeros((len(prefixes), NUM_BYTES), np.int64)
    is_found = np.isin(np.arange(len(prefixes)), [state_of[pattern] for pattern in patterns])
    link = np.zeros(len(prefixes), np.int64)  # the longest end of a state that is a state too
    for state, prefix in enumerate(prefixes):
        if len(prefix) > 1:
            link[state] = steps[link[state_of[prefix[:-1]]], prefix[-1]]
        is_found[state] |= is_found[link[state]]
        steps[state] = steps[link[state]]
        for byte in range(NUM_BYTES):
            child = state_of.get(prefix + bytes([byte]))
            if child is not None:
                steps[state, byte] = child
    # All states that hold a pattern become one, the last, which leads to itself.
    found = int(np.sum(~is_found))
    renumbered = np.where(is_found, found, np.cumsum(~is_found) - 1)
    return np.concatenate([renumbered[steps[~is_found]], np.full((1, NUM_BYTES), found)])


def _token_steps(by_byte: np.ndarray, pieces: Sequence[bytes]) -> np.ndarray:
    """int64[Q, V]: each token's bytes read one after the other, longest tokens first in a pass."""
    length_V = np.array([len(piece) for piece in pieces])
    start_V = np.cumsum(length_V) - length_V
    data = np.frombuffer(b"".join(pieces), np.uint8)
    order = np.argsort(-length_V, kind="stable")
    steps = np.tile(np.arange(len(by_byte))[:, None], (1, len(pieces)))
    for place in range(int(length_V.max())):
        reading = order[: int(np.sum(length_V > place))]
        byte = data[start_V[reading] + place]
        steps[:, reading] = by_byte[steps[:, reading], byte[None]]
    return steps
