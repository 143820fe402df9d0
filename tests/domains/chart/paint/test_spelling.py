"""Which characters the bundled fonts spell."""

from __future__ import annotations

import pytest
from matplotlib.font_manager import FontProperties

from vsdpo_jax.domains.chart.drawlist.fonts import restrict_to_bundled
from vsdpo_jax.domains.chart.paint.spelling import unspelled


@pytest.fixture(autouse=True)
def _bundled_fonts():
    restrict_to_bundled()


@pytest.mark.parametrize(
    ("text", "family", "wanted"),
    [
        ("Tea exports, 2024 (t)", "DejaVu Sans", ""),
        ("Größe \u2212 µm → °C é ñ Ж λ", "DejaVu Sans", ""),
        ("\u4e2d\u6587 a \u4e2d", "DejaVu Sans", "\u4e2d\u6587"),
        ("\u4e2d", "SimHei", "\u4e2d"),  # unknown families fall back to DejaVu Sans
        ("\ud55c\uad6d", "DejaVu Serif", "\ud55c\uad6d"),
        ("up \U0001f680", "DejaVu Sans", "\U0001f680"),
        ("Tea 1", "cmsy10", "ea1"),  # script capitals are letters, the rest are arrows
        ("Tea 1", "STIXSizeFiveSym", "Tea1"),
        ("Tea 1", "cmr10", ""),
        ("Tea 1", "Last Resort High\\-Efficiency", "Tea1"),
        ("a\tb\u200bc e\u0301", "DejaVu Sans", ""),  # nothing to see, or a mark on a letter
    ],
)
def test_what_fonts_spell(text, family, wanted):
    assert unspelled(text, FontProperties(family=family), is_math=False) == wanted


def test_formulas_are_spelled_by_the_formula_parser():
    font = FontProperties(family="DejaVu Sans")
    assert unspelled(r"$\frac{a}{b}$", font, is_math=True) == ""
    assert unspelled("$x$ \u4e2d", font, is_math=True) == "\u4e2d"


def test_a_second_family_helps_out():
    assert unspelled("∮ T", FontProperties(family=["cmsy10", "DejaVu Sans"]), is_math=False) == ""
