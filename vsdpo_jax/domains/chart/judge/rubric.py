"""The axes of the chart rubric."""

AXES = (
    "overlap", "clip", "legend", "ticks", "contrast", "tiny", "empty", "range", "content",
)  # fmt: skip
"""Axes that need no reference picture, in the order feedback lists them."""

REFERENCE_AXES = ("ref_text", "ref_layout", "ref_type", "ref_color", "ref_visual")
"""Axes that join where a reference picture exists."""

OPTIONS = {
    "min_ref_text": 0.9,
    "min_ref_layout": 0.99,
    "min_ref_type": 0.9,
    "min_ref_color": 0.9,
    "min_ref_visual": 0.8,
}
"""Settings of the judge: the score from which an axis of the reference is satisfied. Texts are
read; colours are picked by eye, and other hues are half alike by CIEDE2000. Two renders of the same
data in other colours and sizes have a structural similarity of 0.5 to 0.75."""
