"""Alignment, pictures and placeholders on slides made of records."""

from __future__ import annotations

import math

import pytest
from slide_records import SlideBuilder, filled, solid

from vsdpo_jax.domains.slide.judge.detectors_layout import (
    detect_alignment,
    detect_images,
    detect_placeholders,
)


def row(*tops: float) -> SlideBuilder:
    made = SlideBuilder()
    for number, top in enumerate(tops):
        made.shape((60 + 400 * number, top, 360, 200), fill=solid(20, 60, 120))
    return made


@pytest.mark.parametrize(
    ("tops", "fits"),
    [((200, 200, 200), True), ((200, 201, 200), True), ((200, 200, 204), False),
     ((200, 200, 208), False), ((200, 200, 230), True)],
)  # fmt: skip
def test_edges_that_all_but_meet(tops, fits):
    assert detect_alignment(row(*tops).view()).satisfied is fits


def test_the_one_off_the_line_of_the_others_is_named():
    made = row(205, 200, 200)
    call = made.call(0, "place")
    reading = detect_alignment(made.view())
    assert [d.region for d in reading.defects] == [(60, 205, 360, 200)]
    assert [d.spans for d in reading.defects] == [(call.span,)]
    assert "top" in reading.defects[0].message


def test_shapes_of_other_sizes_are_not_compared():
    made = row(200, 200)
    made.shape((860, 205, 200, 90), fill=solid(20, 60, 120))
    assert detect_alignment(made.view()).satisfied


@pytest.mark.parametrize(
    ("size", "crop", "fits"),
    [((400, 300), (0, 0, 0, 0), True), ((400, 310), (0, 0, 0, 0), True),
     ((400, 225), (0, 0, 0, 0), False), ((400, 225), (0, 0.125, 0, 0.125), True)],
)  # fmt: skip
def test_stretched_pictures(size, crop, fits):
    made = filled()
    made.picture((60, 140, *size), crop=crop)
    reading = detect_images(made.view())
    assert reading.satisfied is fits
    if not fits:
        assert reading.defects[0].kind == "image_stretched"
        assert f"{math.exp(math.log(4 / 3)):.2f} times too wide" in reading.defects[0].message


def test_a_picture_that_cannot_be_drawn():
    made = filled()
    made.picture((60, 140, 400, 300), loaded=False)
    assert [d.kind for d in detect_images(made.view()).defects] == ["image_broken"]


def test_empty_placeholders_and_prompts():
    made = filled()
    made.shape((60, 140, 400, 300), "placeholder", placeholder="body", empty=True)
    made.text("Click to add text", (600, 140, 400, 40))
    reading = detect_placeholders(made.view())
    assert sorted(d.kind for d in reading.defects) == ["placeholder_empty", "prompt_left"]
    assert "body empty" in reading.notes


def test_words_that_begin_like_a_prompt_are_content():
    made = filled()
    made.text("Add text messages to the campaign", (600, 140, 400, 40))
    assert detect_placeholders(made.view()).satisfied
