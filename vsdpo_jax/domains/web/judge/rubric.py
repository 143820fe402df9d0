"""The axes of the page rubric, and the thresholds that make the reference's scores binary."""

AXES = (
    "overlap", "clip", "hidden", "contrast", "tiny", "overflow", "images", "layout", "content",
)  # fmt: skip
"""Axes that need no reference page, in the order in which feedback lists them."""

REFERENCE_AXES = ("blocks", "text", "position", "color", "appearance")
"""Axes that join where a reference page exists: four of Design2Code's five, and a similarity of our
own that needs no weights (``reference.py``)."""

CLIP = "clip_similarity"
"""Not "clip": that is text which is cut."""
MODEL_AXES = (CLIP,)
"""Design2Code's fifth, CLIP, which joins where its weights are there (``looks.py``)."""

OPTIONS = {
    "css_credit": True,
    "min_blocks": 0.9,
    "min_text": 0.95,
    "min_position": 0.85,
    "min_color": 0.85,
    "min_appearance": 0.85,
    "min_clip": 0.9,
    "looks": False,
}
"""Settings of the judge. css_credit: whether declarations are credited with the elements that their
rule matches. looks: whether the pictures for the model axes are kept. The others: the score from
which an axis of the reference is satisfied."""
