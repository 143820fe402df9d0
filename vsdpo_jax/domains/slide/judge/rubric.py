"""The axes of the slide rubric, and the judge's settings."""

AXES = (
    "aspect_ratio", "whitespace", "collision", "imbalance",  # AeSlides (arXiv 2604.22840)
    "overflow", "contrast", "tiny", "alignment", "images", "placeholders", "content",
)  # fmt: skip
"""In the order in which feedback lists them. The first four are AeSlides' metrics.

aspect_ratio: slides of 16:9, and nothing that stands out of them. whitespace: no large hole in
the middle. collision: texts and things that lie on each other or hide each other. imbalance: the
centre of weight. overflow: texts that leave their box. contrast, tiny: texts that cannot be read.
alignment: edges that all but meet. images: stretched or broken pictures. placeholders: left empty.
content: what was asked for, seen in the finished picture.
"""

REFERENCE_AXES: tuple[str, ...] = ()
"""Slides have instructions, no reference program (Section 3 of the paper)."""
