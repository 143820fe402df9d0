import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.domains.slide.lab.measure import (
    THEME,
    contrast,
    line_height,
    longest_word,
    text_width,
    wrapped,
)

WORDS = st.lists(st.text("abcmWi", min_size=1, max_size=8), min_size=1, max_size=8).map(" ".join)
INCH_PT = 72


def test_widths_by_hand():
    """Advances of Carlito: 1038 units of 2048 for a digit, 463 for a space, 1822 for a W."""
    assert text_width("10", INCH_PT) == pytest.approx(0.994 * 2.54 * 2 * 1038 / 2048)
    assert text_width("W W", INCH_PT) == pytest.approx(0.994 * 2.54 * (1822 + 463 + 1822) / 2048)
    assert text_width("b", INCH_PT, bold=True) == pytest.approx(0.994 * 2.54 * 1099 / 2048)
    with pytest.raises(KeyError):
        text_width("é", 16)


def test_lines_by_hand():
    digits = "11 11 11"  # 2 x 1038 + 463 + 2 x 1038 units take 5.69 cm at 72 points
    assert wrapped(digits, INCH_PT, 20) == (digits,)
    assert wrapped(digits, INCH_PT, 5.8) == ("11 11", "11")
    assert wrapped(digits, INCH_PT, 5.6) == ("11", "11", "11")
    assert line_height(INCH_PT) == pytest.approx(1.2 * 2.54)


@given(WORDS, st.integers(6, 40), st.floats(1, 30))
def test_lines_hold_the_words_in_order(text, size, width):
    lines = wrapped(text, size, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_width(line, size) <= width or len(line) == 1 for line in lines)
    if longest_word(text, size) <= width:
        assert " ".join(lines) == text
        assert len(wrapped(text, size, width + 3)) <= len(lines)


def test_a_word_without_room_is_broken():
    digits = "1111"  # 1038 units each take 1.28 cm at 72 points
    assert wrapped(digits, INCH_PT, 3) == ("11", "11")
    assert wrapped(f"1 {digits}", INCH_PT, 4) == ("1", "111", "1")
    assert wrapped(digits, INCH_PT, 0.5) == ("1", "1", "1", "1")


def test_contrast_by_hand():
    assert contrast(13, 14) == pytest.approx(21.0)
    assert contrast(14, 5) == pytest.approx(4.03, abs=0.01)
    assert contrast(9, 9) == 1.0


@given(st.sampled_from(sorted(THEME)), st.sampled_from(sorted(THEME)))
def test_contrast_is_symmetric(one, other):
    assert contrast(one, other) == contrast(other, one)
    assert 1.0 <= contrast(one, other) <= 21.0
