import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.domains.web.lab.measure import (
    COLORS,
    block_height,
    contrast,
    count_lines,
    longest_word,
    text_width,
)

WORDS = st.lists(st.text("abcmWi", min_size=1, max_size=8), min_size=1, max_size=8).map(" ".join)


def test_widths_by_hand():
    """Advances of Arial: 1139 units of 2048 for a digit, 569 for a space, 1933 for a W."""
    assert text_width("10", 2048) == 2 * 1139
    assert text_width("W W", 1024) == (1933 + 569 + 1933) / 2
    assert text_width("b", 2048, bold=True) == 1251
    with pytest.raises(KeyError):
        text_width("é", 16)


def test_lines_by_hand():
    digits = "11 11 11"  # 2 x 1139 + 569 + 2 x 1139 units take 40.0 px at 16 px
    assert count_lines(digits, 16, 100) == 1
    assert count_lines(digits, 16, 41) == 2
    assert count_lines(digits, 16, 39) == 3
    assert block_height([(digits, 16, False), ("1", 10, True)], 41) == 2 * 19 + 12


@given(WORDS, st.integers(6, 40), st.integers(10, 400))
def test_lines_are_few_in_wide_boxes_and_never_more_than_words(text, size, width):
    lines = count_lines(text, size, width)
    assert 1 <= lines <= len(text.split())
    assert count_lines(text, size, width + 50) <= lines
    assert longest_word(text, size) <= text_width(text, size)
    if text_width(text, size) <= width:
        assert lines == 1


def test_contrast_by_hand():
    assert contrast("black", "white") == pytest.approx(21.0)
    assert contrast("coral", "white") == pytest.approx(2.50, abs=0.01)
    assert contrast("navy", "navy") == 1.0


@given(st.sampled_from(sorted(COLORS)), st.sampled_from(sorted(COLORS)))
def test_contrast_is_symmetric(one, other):
    assert contrast(one, other) == contrast(other, one)
    assert 1.0 <= contrast(one, other) <= 21.0
