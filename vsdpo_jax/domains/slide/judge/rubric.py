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

OPTIONS = {
    "aspect_tolerance": 0.04,
    "min_content": 0.8,
    "x_tolerance": 0.20,
    "y_tolerance": 0.22,
    "collision_share": 0.05,
    "collision_px": 3.0,
}
"""Settings of the judge: what makes AeSlides' scores binary.

aspect_tolerance: of ln(width / height / (16 / 9)); AeSlides' margin of its steeper branch.
min_content: share of the middle that has content, from which a slide has no hole; AeSlides' reward
begins there, and of lists that people find well filled, many have less than 0.9. x_tolerance,
y_tolerance: shares of width and height by which the centre of weight may be off before people call
a slide lopsided; AeSlides' own (0.0075 and 0.145) call nearly every slide of real decks unbalanced.
collision_share, collision_px: two things collide where they share more of the smaller one, and so
much both ways, pixels of a slide 1280 wide; AeSlides' rule is not published.
"""
