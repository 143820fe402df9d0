"""Weights follow their tokens, wherever a tokenizer cuts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.credit import token_weights
from vsdpo_jax.credit.python import parse

PROGRAM = (
    "import p  # é\n"
    "for i in r:\n"
    "    p.bar(i,\n"
    "          2); p.text('a; b')\n"
    "# note\n"
    "p.title(\n"
    "  'x')\n"
    "\n"
    "p.show()\n"
)
BEFORE, AFTER = "Sure:\n```python\n", "```\nDone; bye."
COMPLETION = BEFORE + PROGRAM + AFTER
STATEMENTS = parse(PROGRAM)
WEIGHT_S = np.arange(len(STATEMENTS)) + 2.0


def weight_of(statement: str) -> float:
    start = PROGRAM.index(statement)
    index = STATEMENTS.smallest_enclosing((start, start + len(statement)))
    assert index is not None
    return float(WEIGHT_S[index])


def weights_of(tokens: list[str], completion: str = COMPLETION) -> np.ndarray:
    assert "".join(tokens) == completion
    ends = np.cumsum([len(token) for token in tokens])
    offsets = np.stack([ends - [len(token) for token in tokens], ends], axis=1)
    return token_weights(offsets, STATEMENTS, WEIGHT_S, len(BEFORE))


def cut(text: str, positions: set[int]) -> list[str]:
    return [text[start:end] for start, end in pairwise(sorted({0, len(text)} | positions))]


CUTS = st.sets(st.integers(0, len(COMPLETION)))


def test_rules_by_hand():
    expected = [
        ("Sure:\n```python\n", 1),
        ("import p", weight_of("import p")),
        ("  ", weight_of("import p")),
        ("# é", 1),  # a comment outside statements is neither a statement nor a separator
        ("\n", weight_of("import p")),
        ("for i in r:", weight_of("for i in r:")),
        ("\n    ", weight_of("for i in r:")),
        ("p.bar(i,", weight_of("p.bar")),
        ("\n          ", weight_of("p.bar")),
        ("2)", weight_of("p.bar")),
        ("; ", weight_of("p.bar")),
        ("p.text('a", weight_of("p.text")),
        ("; ", weight_of("p.text")),  # inside a string
        ("b')", weight_of("p.text")),
        ("\n", weight_of("p.text")),
        ("# note", 1),
        ("\np.title(", weight_of("p.title")),  # the first inked character decides
        ("\n ", weight_of("p.title")),
        (" 'x')\n", weight_of("p.title")),
        ("\np", weight_of("p.show")),
        (".show()", weight_of("p.show")),
        ("\n```", 1),
        ("\nDone; bye.", 1),
    ]
    actual = weights_of([token for token, _ in expected])
    np.testing.assert_array_equal(actual, [weight for _, weight in expected])


@given(CUTS)
def test_every_tokenization_agrees_with_single_characters(positions):
    tokens = cut(COMPLETION, positions)
    of_character = weights_of(list(COMPLETION))
    start = 0
    for token, weight in zip(tokens, weights_of(tokens), strict=True):
        first_ink = len(token) - len(token.lstrip(" \n;"))
        inside = len(BEFORE) <= start + first_ink < len(BEFORE) + len(PROGRAM)
        if first_ink < len(token) and inside and start >= len(BEFORE):
            assert weight == of_character[start + first_ink]
        elif start + len(token) <= len(BEFORE) or start >= len(BEFORE) + len(PROGRAM):
            assert weight == 1
        start += len(token)


@given(CUTS, CUTS)
def test_splitting_a_token_inside_a_statement_changes_nothing(positions, more):
    for statement in ("p.bar(i,\n          2)", "p.text('a; b')", "p.title(\n  'x')"):
        start = COMPLETION.index(statement)
        bounds = {start, start + len(statement)}
        tokens = cut(COMPLETION, positions | more | bounds)
        weights, position = weights_of(tokens), 0
        for token, weight in zip(tokens, weights, strict=True):
            if start <= position < start + len(statement):
                assert weight == weight_of(statement)
            position += len(token)


@given(CUTS, st.lists(st.integers(0, 200), max_size=5))
def test_special_tokens_have_weight_one_and_move_nothing(positions, inserted):
    tokens = cut(COMPLETION, positions)
    plain = list(weights_of(tokens))
    for where in inserted:
        tokens.insert(where % (len(tokens) + 1), "")
    actual = weights_of(tokens)
    is_special = np.array([token == "" for token in tokens])
    np.testing.assert_array_equal(actual[~is_special], plain)
    assert (actual[is_special] == 1).all()


def test_what_does_not_parse_has_weight_one():
    source = "a(1)\nb(2)\nc((3\n \n"
    statements = parse(source)
    offsets = np.array([(i, i + 1) for i in range(len(source))])
    actual = token_weights(offsets, statements, np.array([5.0, 7.0]), 0)
    np.testing.assert_array_equal(actual, [5] * 5 + [7] * 5 + [1] * (len(source) - 10))


@pytest.mark.parametrize("source", ["", ";", "a b", "\x00"])
def test_programs_without_statements(source):
    offsets = np.array([(0, len(source)), (len(source), len(source) + 3)])
    actual = token_weights(offsets, parse(source), np.zeros(0), 0)
    assert actual.dtype == np.float32
    np.testing.assert_array_equal(actual, 1)
    assert token_weights(np.zeros((0, 2)), parse(source), np.zeros(0), 0).shape == (0,)


def test_a_weight_for_each_statement_is_required():
    with pytest.raises(ValueError, match="has 6 statements"):
        token_weights(np.zeros((1, 2)), STATEMENTS, np.ones(1), 0)
