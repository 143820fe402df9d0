"""The axes of the chart rubric."""

AXES = (
    "overlap", "clip", "legend", "ticks", "contrast", "tiny", "empty", "range", "content",
)  # fmt: skip
"""Axes that need no reference picture, in the order feedback lists them."""

REFERENCE_AXES = ("ref_text", "ref_layout", "ref_type", "ref_color", "ref_visual")
"""Axes that join where a reference picture exists."""
