"""What is left of a mark, against painting the picture again without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.paint import measure
from vsdpo_jax.domains.chart.paint.evidence import SEEN, Role, Witness

HEIGHT, WIDTH = 30, 40
DATA = Role(
    color_rgba=(0.0, 0.0, 0.0, 1.0), axes=0, is_data=True, is_text=False, is_guide=False,
    is_ground=False,
)  # fmt: skip
WHOLE = (0, 0, WIDTH, HEIGHT)


def _paint(canvas, color, cover_YX):
    """Paint "over" as Agg does, on an opaque canvas."""
    share = cover_YX[..., None] / 255.0
    canvas[..., :3] = np.rint(canvas[..., :3] * (1 - share) + np.array(color) * share)


def _cover(box, alpha):
    left, top, right, bottom = box
    cover_YX = np.zeros((HEIGHT, WIDTH), np.uint8)
    cover_YX[top:bottom, left:right] = round(255 * alpha)
    return cover_YX


def _picture(marks, witness_of=None, left_out=None):
    """The finished picture of (colour, box, alpha) marks, and the witness."""
    canvas = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    witness = Witness(canvas, len(marks))
    for number, (color, box, alpha) in enumerate(marks):
        cover_YX = _cover(box, alpha)
        if witness_of is None or number in witness_of:
            witness.before(number, cover_YX, WHOLE)
        if number != left_out:
            _paint(canvas, color, cover_YX)
        witness.after(number, cover_YX, WHOLE)
    return canvas[..., :3].copy(), witness


def _roles(marks, **changes):
    return [
        replace(DATA, color_rgba=(*(c / 255 for c in color), alpha), **changes)
        for color, _, alpha in marks
    ]


def _evidence(marks, **changes):
    picture, witness = _picture(marks)
    return witness.finish(picture, _roles(marks, **changes))


BOXES = st.tuples(
    st.integers(0, 20), st.integers(0, 14), st.integers(21, WIDTH), st.integers(15, HEIGHT)
)
COLORS = st.tuples(*[st.integers(0, 255)] * 3)
MARKS = st.lists(st.tuples(COLORS, BOXES, st.floats(0.1, 1.0)), min_size=1, max_size=6)


@given(marks=MARKS, data=st.data())
@settings(max_examples=60, deadline=None)
def test_without_a_mark_the_picture_is_what_painting_without_it_gives(marks, data):
    number = data.draw(st.integers(0, len(marks) - 1))
    found = _evidence(marks)[number]
    picture, _ = _picture(marks)
    without, _ = _picture(marks, left_out=number)
    rows, columns = found.places_N2[:, 1], found.places_N2[:, 0]
    changed_N = measure.difference(picture[rows, columns], without[rows, columns])
    # Rounding to whole levels of up to six coats moves a colour by a few levels.
    sure = np.abs(changed_N - SEEN) > 3.0
    assert (found.seen_N[sure] == (changed_N[sure] >= SEEN)).all()
    assert found.ink_px == np.count_nonzero(_cover(marks[number][1], 1.0))


@given(marks=MARKS, box=BOXES, alpha=st.floats(0.1, 1.0))
@settings(max_examples=40, deadline=None)
def test_more_paint_never_uncovers(marks, box, alpha):
    before = _evidence(marks)
    after = _evidence([*marks, ((255, 255, 255), box, alpha)])
    for number, found in before.items():
        assert after[number].covered >= found.covered


def test_shares_by_hand():
    # A blue square of 20 x 20; a white sheet takes its right half, a faint one the rest.
    blue, white = (0, 0, 255), (255, 255, 255)
    marks = [(blue, (5, 5, 25, 25), 1.0), (white, (15, 0, 40, 30), 1.0)]
    found = _evidence(marks)[0]
    assert (found.ink_px, found.visible, found.covered, found.coverer) == (400, 0.5, 0.5, 1)
    faint = (white, (5, 5, 15, 25), 0.4)  # 0.6, then 0.36 of it left: more than half is taken
    found = _evidence([*marks, faint, faint])[0]
    assert (found.visible, found.covered, found.coverer) == (0.5, 1.0, 1)


def test_what_lies_beside_decides_not_what_lies_below():
    # White on exactly its own black: without it the picture changes, and yet it is not seen.
    box = (10, 10, 20, 20)
    marks = [((0, 0, 0), box, 1.0), ((255, 255, 255), box, 1.0)]
    found = _evidence(marks)[1]
    assert found.visible == 1.0
    assert found.difference == pytest.approx(0.0, abs=0.5)
    assert found.ground == pytest.approx(0.0, abs=0.5)


def test_guides_and_company_beside_a_mark_do_not_count():
    line = ((255, 127, 14), (5, 14, 35, 16), 1.0)
    grid = ((250, 130, 20), (0, 10, 40, 20), 1.0)  # around it, in nearly its colour
    marks = [grid, line]
    picture, witness = _picture(marks)
    roles = _roles(marks)
    guide = replace(roles[0], is_data=False, is_guide=True)
    assert witness.finish(picture, [guide, roles[1]])[1].difference is None
    assert witness.finish(picture, roles)[1].difference is None  # data of its own colour
    stranger = replace(roles[0], axes=1)
    told = witness.finish(picture, [stranger, roles[1]])[1].difference
    assert told == pytest.approx(2.0, abs=2.0)
    alone = [((0, 0, 255), WHOLE, 1.0), ((0, 0, 250), (5, 5, 9, 9), 1.0)]
    assert _evidence(alone)[1].difference is None


@pytest.mark.parametrize(("crossed", "clutter"), [(0, 0.0), (1, 1 / 26), (12, 12 / 26)])
def test_lines_between_letters_are_clutter(crossed, clutter):
    # Grey letters #777777 on white have 4.478; lines of their grey cross the 26 rows of two stems.
    grey = (119, 119, 119)
    rows = [(grey, (0, y, 40, y + 1), 1.0) for y in range(3, 3 + 2 * crossed, 2)]
    cover_YX = _cover((10, 2, 12, 28), 1.0) | _cover((18, 2, 20, 28), 1.0)
    canvas = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    witness = Witness(canvas, crossed + 1)
    for number, (color, box, alpha) in enumerate(rows):
        _paint(canvas, color, _cover(box, alpha))
        witness.after(number, _cover(box, alpha), WHOLE)
    witness.before(crossed, cover_YX, WHOLE, is_text=True)
    _paint(canvas, grey, cover_YX)
    witness.after(crossed, cover_YX, WHOLE)
    letter = replace(DATA, color_rgba=(119 / 255,) * 3 + (1.0,), is_data=False, is_text=True)
    found = witness.finish(canvas[..., :3], [*_roles(rows), letter])[crossed]
    assert found.contrast == pytest.approx(4.478, abs=0.01)
    assert found.clutter == pytest.approx(clutter, abs=0.005)


def test_what_letters_stand_on_is_not_between_them():
    rule = ((0, 0, 0), (0, 27, 40, 29), 1.0)  # two pixels below the stem
    marks = [rule, ((0, 0, 0), (10, 5, 12, 25), 1.0), ((0, 0, 0), (14, 5, 16, 25), 1.0)]
    picture, witness = _picture(marks)
    assert witness.finish(picture, _roles(marks, is_text=True))[1].clutter == 0.0


def test_letters_of_other_texts_are_not_the_paper():
    letter, other = ((0, 0, 0), (10, 5, 12, 25), 1.0), ((0, 0, 0), (13, 5, 16, 25), 1.0)
    marks = [other, letter]
    picture, witness = _picture(marks)
    roles = _roles(marks, is_text=True)
    assert witness.finish(picture, roles)[1].contrast == pytest.approx(21.0)


def test_a_sample_of_a_large_mark_is_spread_over_it():
    canvas = np.full((300, 400, 4), 255, np.uint8)
    witness = Witness(canvas, 30_000)
    cover_YX = np.full((300, 400), 255, np.uint8)
    window = (0, 0, 400, 300)
    witness.before(0, cover_YX, window)
    witness.after(0, cover_YX, window)
    found = witness.finish(canvas[..., :3], [DATA])[0]
    assert found.ink_px == 120_000
    assert len(found.places_N2) == 66  # 2,000,000 places for 30,000 marks
    assert np.ptp(found.places_N2, axis=0).min() > 250


def test_marks_without_ink_leave_no_evidence():
    canvas = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    witness = Witness(canvas, 1)
    nothing = np.zeros((HEIGHT, WIDTH), np.uint8)
    witness.before(0, nothing, WHOLE)
    witness.after(0, nothing, WHOLE)
    assert witness.finish(canvas[..., :3], [DATA]) == {}
