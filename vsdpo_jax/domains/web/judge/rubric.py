"""The axes of the page rubric, and the thresholds that make the reference's scores binary."""

AXES = (
    "overlap", "clip", "hidden", "contrast", "tiny", "overflow", "images", "layout", "content",
)  # fmt: skip
"""Axes that need no reference page, in the order in which feedback lists them."""

REFERENCE_AXES = ("blocks", "text", "position", "color", "appearance")
"""Axes that join where a reference page exists: Design2Code's five, with a similarity of our own in
place of its last (``reference.py``)."""

OPTIONS = {
    "css_credit": True,
    "min_blocks": 0.9,
    "min_text": 0.95,
    "min_position": 0.85,
    "min_color": 0.85,
    "min_appearance": 0.85,
}
"""Settings of the judge. css_credit: whether declarations are credited with the elements that their
rule matches. The others: the score from which an axis of the reference is satisfied."""
