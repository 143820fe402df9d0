"""Eq. 4 and 5 by hand-computed numbers and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.credit import assign, iou, responsibility, weights
from vsdpo_jax.credit.python import parse
from vsdpo_jax.records import Box, Defect, Element, Span

SOURCE = "import p\np.title('x')\nfor i in r:\n    p.bar(i); p.text(i)\n"
BOX = st.tuples(*[st.integers(-50, 50)] * 2, *[st.integers(0, 60)] * 2)


def span_of(text: str) -> Span:
    start = SOURCE.index(text)
    return start, start + len(text)


def element(text: str, region: Box) -> Element:
    return Element(region=region, span=span_of(text), role="data")


def defect(region: Box, severity: int = 1) -> Defect:
    return Defect(axis="clip", kind="text_clipped", region=region, severity=severity, message="")


def test_iou_by_hand():
    first = np.array([(0, 0, 10, 10), (5, 5, 0, 4)])
    second = np.array([(5, 0, 10, 10), (0, 0, 10, 10), (2, 2, 5, 4), (20, 20, 1, 1), (5, 5, 0, 4)])
    expected = np.array([[50 / 150, 1, 20 / 100, 0, 0], [0, 0, 0, 0, 1]])
    np.testing.assert_allclose(iou(first, second), expected, atol=1e-3)
    assert iou(first, second)[0, 1] == iou(first, second)[1, 4] == 1
    assert iou(first, np.zeros((0, 4))).shape == (2, 0)


@given(BOX, BOX, st.integers(-1000, 1000))
def test_iou_laws(first, second, shift):
    a, b = np.array([first], float), np.array([second], float)
    assert iou(a, a) == 1
    assert 0 <= iou(a, b) <= 1
    assert iou(a, b) == iou(b, a)
    moved = np.array([[shift, shift, 0, 0]])
    np.testing.assert_allclose(iou(a + moved, b + moved), iou(a, b), rtol=1e-6, atol=1e-9)


def test_responsibility_by_hand():
    elements = [
        element("title", (0, 0, 10, 10)),
        element("bar", (0, 0, 10, 10)),
        element("bar", (50, 0, 10, 20)),
        element("r:", (70, 0, 10, 10)),
    ]
    defects = [
        defect((5, 0, 10, 10)),
        defect((50, 0, 10, 10)),
        defect((0, 0, 10, 10), severity=0),
    ]
    # title: 50/150 only, its full overlap has severity 0. bar: max(1/3, 100/200). text: no element.
    # The loop owns what its header made (no overlap), not what its body drew.
    statements = parse(SOURCE)
    by_text = {
        SOURCE[start:end]: resp
        for (start, end), resp in zip(
            statements.spans, responsibility(statements, elements, defects), strict=True
        )
    }
    loop = "for i in r:\n    p.bar(i); p.text(i)"
    assert by_text == pytest.approx(
        {"import p": 0, "p.title('x')": 1 / 3, loop: 0, "p.bar(i)": 1 / 2, "p.text(i)": 0}
    )


def test_one_defect_flags_every_statement_that_drew_there():
    credits = assign(
        SOURCE,
        [element("p.bar(i)", (0, 0, 4, 4)), element("text", (0, 0, 4, 4))],
        [defect((0, 0, 4, 4))],
        alpha=3,
    )
    assert [credit.weight for credit in credits] == [1, 1, 1, 3, 3]
    assert [credit.lines for credit in credits] == [(1, 1), (2, 2), (3, 4), (4, 4), (4, 4)]
    assert [len(credit.regions) for credit in credits] == [0, 0, 0, 1, 1]


def test_nothing_drawn_and_nothing_wrong_are_zero():
    statements = parse(SOURCE)
    assert not responsibility(statements, [], [defect((0, 0, 1, 1))]).any()
    assert not responsibility(statements, [element("bar", (0, 0, 1, 1))], []).any()
    outside = Element(region=(0, 0, 1, 1), span=(0, len(SOURCE) + 9), role="data")
    assert not responsibility(statements, [outside], [defect((0, 0, 1, 1))]).any()
    assert responsibility(parse(""), [outside], [defect((0, 0, 1, 1))]).shape == (0,)


@given(
    st.lists(st.tuples(st.sampled_from(["title", "bar", "text", "r:"]), BOX), max_size=6),
    st.lists(st.tuples(BOX, st.integers(0, 1)), max_size=5),
    st.floats(1, 20),
)
def test_vectorised_equals_the_equation(drawn, wrong, alpha):
    statements = parse(SOURCE)
    elements = [element(*one) for one in drawn]
    defects = [defect(*one) for one in wrong]
    expected = np.zeros(len(statements))
    for one in elements:
        index = statements.smallest_enclosing(one.span)
        assert index is not None
        for other in defects:
            overlap = iou(np.array([one.region]), np.array([other.region])).item()
            value = overlap * other.severity
            expected[index] = max(expected[index], value)
    actual = responsibility(statements, elements, defects)
    np.testing.assert_array_equal(actual, expected)
    weight_S = weights(actual, alpha)
    assert ((weight_S >= 1) & (weight_S <= alpha * (1 + 1e-12))).all()
    np.testing.assert_allclose(weight_S, 1 + (alpha - 1) * expected)


def test_bad_input_is_named():
    statements = parse(SOURCE)
    with pytest.raises(ValueError, match=r"alpha is 0\.5"):
        weights(np.zeros(2), 0.5)
    with pytest.raises(ValueError, match="alpha is nan"):
        weights(np.zeros(2), float("nan"))
    with pytest.raises(ValueError, match="severity is 2"):
        responsibility(statements, [], [defect((0, 0, 1, 1), severity=2)])
    with pytest.raises(ValueError, match="no side negative"):
        responsibility(statements, [element("bar", (0, 0, -1, 1))], [defect((0, 0, 1, 1))])
    with pytest.raises(ValueError, match="finite"):
        iou(np.array([[0, 0, np.nan, 1]]), np.array([[0, 0, 1, 1]]))
