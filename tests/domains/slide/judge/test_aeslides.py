"""AeSlides' metrics against the numbers of the authors' own code."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from vsdpo_jax.domains.slide.judge.aeslides import (
    Item,
    aspect_ratio,
    balance,
    content_mask,
    content_ratios,
    crop,
    gray,
    smoothstep,
)

GOLDEN = json.loads((Path(__file__).parent / "aeslides.json").read_text("utf-8"))
BY_METRIC = {
    metric: [case for case in GOLDEN if case["metric"] == metric]
    for metric in ("whitespace", "aspect_ratio", "imbalance")
}
KINDS = {"text": "text", "longtext": "text", "image": "image", "icon": "icon", "button": "control"}


def painted(picture: dict) -> np.ndarray:
    """The picture that a golden case describes: uint8[Y, X, 3]."""
    shape = (picture["height"], picture["width"], 3)
    image = np.empty(shape, np.uint8)
    image[:] = picture["background"]
    for rect in picture["rects"]:
        x, y, width, height = rect["box"]
        area = image[y : y + height, x : x + width]
        if rect["fill"] == "solid":
            area[:] = rect["color"]
        elif rect["fill"] == "stripes":
            rows = np.arange(area.shape[0]) % rect["period"] < rect["period"] / 2
            area[rows] = rect["color"]
        else:
            share = np.linspace(0, 1, area.shape[1])[None, :, None]
            mixed = (1 - share) * np.array(rect["color"]) + share * np.array(rect["color2"])
            area[:] = np.round(mixed)
    return image


def items_of(case: dict) -> list[Item]:
    return [
        Item(
            kind=KINDS.get(item["kind"], "box"),
            box=tuple(item["box"]),
            lines=[tuple(line) for line in item.get("lines", ())],
            num_letters=item["text_len"],
            opacity=item["opacity"],
        )
        for item in case["items"]
    ]


def has_stripes(case: dict) -> bool:
    return any(rect["fill"] == "stripes" for rect in case["image"]["rects"])


def test_there_are_golden_cases_of_each_metric():
    assert all(BY_METRIC.values())


@pytest.mark.parametrize("case", BY_METRIC["whitespace"], ids=lambda case: case["id"])
def test_content_ratios_are_the_authors(case):
    full, middle = content_ratios(content_mask(painted(case["image"])))
    near = 8e-3 if has_stripes(case) else 1e-3
    assert full == pytest.approx(case["expected"]["content_ratio_full"], abs=near)
    assert middle == pytest.approx(case["expected"]["content_ratio_crop"], abs=near)
    score = smoothstep(case["expected"]["content_ratio_crop"])
    assert score == pytest.approx(case["expected"]["smoothstep"], abs=1e-6)


@pytest.mark.parametrize("case", BY_METRIC["aspect_ratio"], ids=lambda case: case["id"])
def test_aspect_ratios_are_the_authors(case):
    score = aspect_ratio(case["width"], case["height"])
    assert score == pytest.approx(case["expected"]["score"], abs=1e-6)


@pytest.mark.parametrize("case", BY_METRIC["imbalance"], ids=lambda case: case["id"])
def test_centres_of_weight_are_the_authors(case):
    found = balance(items_of(case), *case["view"])
    expected = case["expected"]
    assert found.score == pytest.approx(expected["score"], abs=1e-6)
    assert (found.score > 1) is expected["is_imbalanced"]
    assert found.center == pytest.approx(expected["center_px"], abs=1e-6)
    assert found.num_items == expected["nodes_used"]


@pytest.mark.parametrize(
    ("height", "score"), [(720, 1.0), (740, 0.988), (760, 0.942), (800, 0.637), (960, 0.005)]
)
def test_taller_canvases_score_less(height, score):
    assert aspect_ratio(1280, height) == pytest.approx(score, abs=5e-4)


def test_a_canvas_as_much_too_wide_scores_more_than_one_too_tall():
    assert aspect_ratio(1280, 640) > aspect_ratio(1280, 720**2 / 640)
    assert aspect_ratio(1280, 640) == pytest.approx(math.exp(-16 * math.log(720 / 640) ** 2))


def test_gray_levels_are_whole():
    image = np.array([[[255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert gray(image)[0].tolist() == [255, 76, 150, 29]


def test_a_blank_picture_has_no_content():
    assert content_ratios(content_mask(np.full((720, 1280, 3), 200, np.uint8))) == (0.0, 0.0)


@pytest.mark.parametrize("shape", [(720, 1280), (713, 640), (160, 1280), (60, 90)])
def test_the_mask_is_the_published_one(shape):
    rng = np.random.default_rng(0)
    image = np.full((*shape, 3), 250, np.uint8)
    for _ in range(6):
        top, left = (int(rng.integers(side)) for side in shape)
        part = image[top : top + int(rng.integers(1, 90)), left : left + int(rng.integers(1, 200))]
        part[:] = rng.integers(225, 256, part.shape)
    blurred = ndimage.gaussian_filter(gray(image).astype(float), 3.5, radius=10, mode="mirror")
    mean, square = (
        ndimage.uniform_filter1d(ndimage.uniform_filter1d(values, 151, 0), 201, 1)
        for values in (blurred, blurred**2)
    )
    deviation = np.minimum(np.sqrt(np.maximum(square - mean**2, 0)), 50) / 50
    assert (deviation > 0.05).any()
    assert np.array_equal(content_mask(image), deviation > 0.05)


def test_the_middle_leaves_out_head_foot_and_sides():
    rows, columns = crop(720, 1280)
    assert (rows.start, rows.stop, columns.start, columns.stop) == (108, 648, 128, 1152)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_content_never_scores_less(first, second):
    low, high = sorted((first, second))
    assert 0 <= smoothstep(low) <= smoothstep(high) <= 1


@given(st.floats(0, 1000), st.floats(0, 600), st.floats(10, 280), st.floats(10, 120))
def test_mirrored_items_are_as_unbalanced(x, y, width, height):
    box = (x, y, width, height)
    mirrored = (1280 - x - width, 720 - y - height, width, height)
    one = balance([Item(kind="image", box=box)], 1280, 720)
    other = balance([Item(kind="image", box=mirrored)], 1280, 720)
    assert one.score == pytest.approx(other.score)
    both = balance([Item(kind="image", box=box), Item(kind="image", box=mirrored)], 1280, 720)
    assert both.score == pytest.approx(0, abs=1e-6)
