"""Numbers as charts spell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.judge.content.numerals import read_numeral, read_offset


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("40", 40),
        ("−0.25", -0.25),
        ("-3", -3),
        ("+12", 12),
        ("1,250", 1250),
        ("1 250 000", 1_250_000),
        ("1\u202f250", 1250),
        ("12'500", 12500),
        ("0,5", 0.5),
        ("1.250,75", 1250.75),
        (".5", 0.5),
        ("2.", 2),
        ("1e6", 1e6),
        ("1e−3", 1e-3),
        ("20k", 20e3),
        ("1.5 M", 1.5e6),
        ("3bn", 3e9),
        ("$20k", 20e3),
        ("−$5", -5),
        ("€ 12", 12),
        ("12 €", 12),
        ("5 k€", 5e3),
        ("20 °C", 20),
        ("35 Tons", 35),
        ("$\\mathdefault{10^{2}}$", 100),
        ("$\\mathdefault{−10^{-2}}$", -0.01),
        ("$2\\times10^{3}$", 2000),
        ("$\\mathdefault{2.5}$", 2.5),
        ("\\$1,000", 1000),
    ],
)
def test_numbers_are_read(text, value):
    numeral = read_numeral(text)
    assert numeral is not None
    assert numeral.value * numeral.factors[0] == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    ["", "Jan", "Q1", "2024-01", "1/2", "1,2,3", "12:30", "a 5", "5 and 6", "k", "1e999", "9" * 50],
)
def test_other_texts_are_none(text):
    assert read_numeral(text) is None


@pytest.mark.parametrize(
    ("text", "factors"), [("20%", (1.0, 0.01)), ("5 m", (1.0, 1e-3, 1e6)), ("5", (1.0,))]
)
def test_a_unit_may_mean_several_factors(text, factors):
    numeral = read_numeral(text)
    assert numeral is not None
    assert numeral.factors == factors


@pytest.mark.parametrize(
    ("text", "is_plain"), [("20", True), ("20k", True), ("20%", False), ("+20", False)]
)
def test_changes_and_shares_are_not_plain(text, is_plain):
    numeral = read_numeral(text)
    assert numeral is not None
    assert numeral.is_plain is is_plain


@given(st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: f"{value:.4f}"))
def test_what_is_printed_is_read_back_with_its_last_digit(text):
    numeral = read_numeral(text)
    assert numeral is not None
    assert numeral.value == pytest.approx(float(text))
    assert numeral.step == pytest.approx(1e-4)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text):
    read_numeral(text)
    read_offset(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1e6", (1e6, 0)),
        ("1e−5", (1e-5, 0)),
        ("+1.2e4", (1, 12000)),
        ("−3e2", (1, -300)),
        ("1e6+2e8", (1e6, 2e8)),
        ("$\\times\\mathdefault{10^{7}}\\mathdefault{}$", (1e7, 0)),
        ("$\\mathdefault{}\\mathdefault{+1.0002\\times10^{5}}$", (1, 100020)),
    ],
)
def test_offsets_of_an_axis(text, told):
    assert read_offset(text) == pytest.approx(told)


@pytest.mark.parametrize("text", ["", "Tons", "2024", "1e999"])
def test_texts_that_are_no_offset(text):
    assert read_offset(text) is None
