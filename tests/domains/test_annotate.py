"""Annotated pictures: boxes where the defects are, lines in order of blame, any input survives."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.annotate import annotate, axis_colors, line_responsibility
from vsdpo_jax.records import Defect, StatementCredit

WHITE = np.full((200, 300, 3), 255, np.uint8)
COLORS = axis_colors(["clip", "tiny"])


def defect(region, axis="clip"):
    return Defect(axis=axis, kind="k", region=region, severity=1, message="cut at the right edge")


def credit(lines, responsibility):
    return StatementCredit(
        span=(0, 1), lines=lines, regions=(), responsibility=responsibility, weight=1.0
    )


def test_the_box_is_drawn_round_the_region():
    plain = annotate(WHITE, [], "a = 1\n", [], COLORS, title="t")
    boxed = annotate(WHITE, [defect((100.0, 50.0, 60.0, 40.0))], "a = 1\n", [], COLORS, title="t")
    red = np.array([0xD1, 0x24, 0x2F])
    rows, columns = np.nonzero((boxed[:236, :336] == red).all(axis=2))
    assert not (plain[:236, :336] == red).all(axis=2).any()
    # 18 px of margin, two pixels of air.
    assert (columns.min(), columns.max()) == (98 + 18, 162 + 18)
    assert rows.max() == 92 + 18


def test_the_picture_itself_is_not_changed():
    image = WHITE.copy()
    annotate(image, [defect((0.0, 0.0, 300.0, 200.0))], "", [], COLORS, title="t")
    assert np.array_equal(image, WHITE)


@given(
    region=st.tuples(*[st.floats(-500, 800)] * 2, *[st.floats(0, 900)] * 2),
    source=st.text(max_size=200),
    last=st.integers(1, 60),
)
@settings(max_examples=40, deadline=None)
def test_any_box_and_any_program_can_be_shown(region, source, last):
    sheet = annotate(
        WHITE,
        [defect(region), defect(region, "tiny")],
        source,
        [credit((1, last), 0.5)],
        COLORS,
        title="program.py",
    )
    assert sheet.dtype == np.uint8
    assert sheet.shape[0] >= 200
    assert sheet.shape[1] >= 300


def test_a_line_carries_the_largest_responsibility_on_it():
    source = "a\nb\nc\n"
    blame = line_responsibility(
        source, [credit((1, 2), 0.3), credit((2, 2), 0.9), credit((3, 3), 0)]
    )
    assert blame == {1: 0.3, 2: 0.9}


def test_long_programs_show_the_blamed_line():
    source = "\n".join(f"x{i} = {i}" for i in range(2000))
    short = annotate(WHITE, [], source, [], COLORS, title="t")
    blamed = annotate(WHITE, [], source, [credit((1500, 1500), 1.0)], COLORS, title="t")
    assert blamed.shape[0] < short.shape[0] < 1500
    amber = np.array([255, 197, 87])
    assert (blamed == amber).all(axis=2).any()
    assert not (short == amber).all(axis=2).any()
