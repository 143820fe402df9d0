"""Pages in our browser and stored blocks, against the official scorer's numbers."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vsdpo_jax.benchmarks import scoring
from vsdpo_jax.benchmarks.base import Scoring, load_benchmark
from vsdpo_jax.benchmarks.design2code import looks
from vsdpo_jax.benchmarks.design2code.benchmark import FOUR
from vsdpo_jax.benchmarks.design2code.picture import blocks_of
from vsdpo_jax.benchmarks.predictions import Row
from vsdpo_jax.domains.web.judge.blocks import Block
from vsdpo_jax.models import clip
from vsdpo_jax.models.clip import tower
from vsdpo_jax.sandbox import Limits

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text())
BENCHMARK = load_benchmark("design2code")
HOW = Scoring(edition=BENCHMARK.editions[0])
IN_THE_BROWSER = (
    "landing_shift", "cards_paragraph_split", "quirk_script_text", "quirk_wide_page",
    "quirk_style_in_div", "quirk_overlap",
)  # fmt: skip


def reading(pair, side):
    rows = pair["detail"][f"raw_blocks_{side}"]
    size = 2 * pair["detail"][f"image_size_{side}"]  # boxes are stored with six digits
    return {
        "size": pair["detail"][f"image_size_{side}"],
        "why": "",
        "blocks": [
            {
                "text": row["text"],
                "box": [round(x * s) / s for x, s in zip(row["bbox"], size, strict=True)],
                "color": row["color"],
                "seen": True,
            }
            for row in rows
        ],
    }


@pytest.mark.parametrize("pair", GOLDEN, ids=[pair["id"] for pair in GOLDEN])
def test_stored_blocks_give_the_official_scores(pair):
    found = BENCHMARK.compare(
        pair["id"], reading(pair, "candidate"), reading(pair, "reference"), HOW
    )
    for axis in FOUR:
        near = 1e-4 if axis == "color" else 1e-6
        assert found.axes[axis] == pytest.approx(pair["official"][axis], abs=near), axis
    assert found.axes["clip"] is None


@pytest.fixture(scope="module")
def scores():
    """Results of some pairs, of a page that shows nothing, and of words."""
    pairs = [pair for pair in GOLDEN if pair["id"] in IN_THE_BROWSER]
    rows = [
        Row(number=1, name=p["id"], answer=p["candidate_html"], reference=p["reference_html"])
        for p in pairs
    ]
    reference = pairs[0]["reference_html"]
    rows += [
        Row(number=1, name="words", answer="I cannot do that.", reference=reference),
        Row(number=1, name="empty", answer="", reference=reference),
    ]
    found = {}
    machine = scoring.Machine(limits=Limits(cpu_s=30, wall_s=300.0), workers=1)
    scoring.score(BENCHMARK, rows, HOW, machine, lambda row, r: found.update({row.name: r}))
    return found


@pytest.mark.parametrize("name", IN_THE_BROWSER)
def test_pages_in_our_browser_score_as_officially(scores, name):
    pair = next(pair for pair in GOLDEN if pair["id"] == name)
    assert scores[name]["status"] == "ok"
    for axis in FOUR:
        assert scores[name][axis] == pytest.approx(pair["official"][axis], abs=0.02), axis


def test_answers_without_a_tag_are_scored_and_counted_apart(scores):
    for name in ("words", "empty"):
        assert scores[name]["format_failure"]
        assert scores[name]["status"] == "ok"
        assert scores[name]["block_match"] == 0.0


def picture(*boxes, ground=255, size=(40, 60)):
    """A page of one ground with boxes (y, x, height, width, colour)."""
    image = np.full((*size, 3), ground, np.uint8)
    for y, x, height, width, color in boxes:
        image[y : y + height, x : x + width] = color
    return image


def test_blocks_are_where_colours_shift():
    plain = picture((10, 12, 4, 6, 250), (20, 0, 5, 5, 99))
    shifted = picture((10, 12, 4, 6, (250 + 50) % 256), (20, 0, 5, 5, 99))
    original = picture((10, 12, 4, 6, 30))
    (block,) = blocks_of(original, plain, shifted, [("Tea", (250,) * 3), ("No", (10,) * 3)])
    assert block == {
        "text": "tea", "box": [12 / 60, 10 / 40, 6 / 60, 4 / 40], "color": [30, 30, 30],
        "seen": True,
    }  # fmt: skip
    assert blocks_of(original[:12], plain, shifted, [("Tea", (250,) * 3)]) == []
    assert blocks_of(original, plain, shifted[:20], [("Tea", (250,) * 3)]) == []
    assert blocks_of(original, plain, shifted, [("Tea", (0, 0, 0))]) == []


def test_a_text_that_nobody_sees_is_a_block_but_not_robustly():
    plain = picture((10, 12, 4, 6, 250), (11, 13, 1, 1, 255))
    shifted = picture((10, 12, 4, 6, 44), (11, 13, 1, 1, 255))
    (block,) = blocks_of(picture(), plain, shifted, [("Tea", (250,) * 3)])
    assert not block["seen"]
    page = {"size": [60, 40], "why": "", "blocks": [block]}
    robust = Scoring(edition=HOW.edition, robust=True)
    assert BENCHMARK.compare("a", page, page, HOW).axes["block_match"] == 1.0
    assert BENCHMARK.compare("a", page, page, robust).axes["block_match"] == 0.0


def test_what_the_official_scorer_fails_on_is_null():
    page = {"size": [60, 40], "why": "4,097 text elements, and 4,096 colours", "blocks": None}
    found = BENCHMARK.compare("a", page, page, HOW)
    assert set(found.axes.values()) == {None}
    assert "4,097 text elements" in found.notes["text"]


def encoded(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def test_texts_are_painted_over_before_clip_looks():
    page = encoded(picture((10, 12, 4, 6, 0)))
    block = Block(text="tea", box=(12 / 60, 10 / 40, 6 / 60, 4 / 40), color=(0, 0, 0))
    erased = looks._pixels(looks.erased(page, [block]))
    assert erased.shape == (224, 224, 3)
    assert erased.min() == 255
    assert looks._pixels(looks.erased(page, [])).min() < 100


def test_without_weights_the_axis_is_null_and_says_how_to_get_them(monkeypatch):
    monkeypatch.setattr(looks, "find_weights", lambda folder: None)
    rows = [{"status": "ok", "clip": None}, {"status": "missing", "clip": 0.0}]
    (note,) = looks.finish(rows, None)
    assert "--weights=FOLDER" in note
    assert "--weights=FOLDER" in rows[0]["null_because"]["clip"]
    assert rows[1] == {"status": "missing", "clip": None}, "no mean of failures alone"


def test_with_weights_equal_pictures_are_alike(monkeypatch):
    monkeypatch.setattr(looks, "find_weights", lambda folder: Path("weights"))
    monkeypatch.setattr(clip, "load", lambda path: None)
    monkeypatch.setattr(
        tower,
        "embed",
        lambda params, pixels, config: pixels.mean(axis=(1, 2)) + np.array([3.0, 2.0, 1.0]),
    )
    black, white = encoded(picture(ground=0)), encoded(picture())
    rows = [
        {"status": "ok", "clip": None, "_looks": [white, white]},
        {"status": "ok", "clip": None, "_looks": [white, black]},
    ]
    assert looks.finish(rows, None) == []
    assert rows[0]["clip"] == pytest.approx(1.0)
    assert rows[1]["clip"] < 0.99
