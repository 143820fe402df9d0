"""Which axes judge what: they cannot where it is missing."""

TEXT_AXES = (
    "aspect_ratio", "whitespace", "collision", "imbalance", "overflow", "contrast", "tiny",
    "alignment",
)  # fmt: skip
"""Axes that judge a text: it can stand out of the slide, leave a hole, lie on another, weigh on one
side, leave its box, be pale, small, out of line. Charts and tables are full of texts."""
IMAGE_AXES = ("aspect_ratio", "whitespace", "collision", "imbalance", "images", "alignment")
"""Axes that judge a picture."""
