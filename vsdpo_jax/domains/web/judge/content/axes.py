"""Which axes judge what: they cannot where it is missing."""

TEXT_AXES = ("overlap", "clip", "hidden", "contrast", "tiny", "overflow", "layout")
"""Axes that judge a text: it can be on another, cut, covered, pale, small, too long, squeezed."""
IMAGE_AXES = ("overlap", "clip", "hidden", "overflow", "images", "layout")
"""Axes that judge a picture."""
