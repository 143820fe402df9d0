"""The axes of a reference page: what is alike, what is missing, moved, misspelled, recoloured."""

from __future__ import annotations

import numpy as np
import pytest

from vsdpo_jax.domains.web.judge.reference import (
    LOOK_SIZE,
    appearance_similarity,
    blocks_of,
    compare,
    look_of,
    prepare,
)
from vsdpo_jax.domains.web.judge.rubric import OPTIONS, REFERENCE_AXES

REFERENCE = """<!DOCTYPE html>
<style>
body { margin: 20px; font: 16px Arial; color: #222 }
header { background: #123; color: #fff; padding: 20px }
.card { width: 300px; border: 1px solid #888; padding: 10px; margin: 20px 0 }
</style>
<header><h1>Tea for everyone</h1></header>
<div class=card><p>Green leaves from the north</p></div>
<div class=card><p>Black leaves from the south</p></div>
<p>Write to us before Friday</p>
"""


@pytest.fixture(scope="module")
def compared(view_of):
    reference = prepare(view_of(REFERENCE).page)

    def compare_with(source: str):
        return compare(view_of(source), reference, {**OPTIONS, "min_blocks": 0.95})

    return compare_with


def lost(readings) -> set[str]:
    return {axis for axis, reading in readings.items() if not reading.satisfied}


def test_a_page_is_like_itself(compared):
    readings = compared(REFERENCE)
    assert tuple(readings) == REFERENCE_AXES
    assert [r.score for r in readings.values()] == pytest.approx([1.0] * 5)
    assert lost(readings) == set()


@pytest.mark.parametrize(
    ("old", "new", "axis", "note"),
    [
        ("Green leaves from the north", "Green trees in a north wind", "text", "'green trees in a"),
        ("<header>", "<header style='margin-top:400px'>", "position", "px too low"),
        ("p { c", "p { c", "", ""),
        (".card {", ".card, p { color: #f5a }\n.card {", "color", "'green leaves from the' #ff"),
        ("<div class=card><p>Black leaves from the south</p></div>\n", "", "blocks",
         "missing 'black leaves from the"),
        ("<p>Write", "<h1>Nobody asked for this</h1><p>Write", "blocks", "extra 'nobody asked for"),
        ("background: #123", "background: #e0c; height: 300px", "appearance", "looks 0."),
    ],
)  # fmt: skip
def test_what_differs_is_named(compared, old, new, axis, note):
    readings = compared(REFERENCE.replace(old, new))
    if not axis:
        assert lost(readings) == set()
        return
    assert axis in lost(readings), {a: r.score for a, r in readings.items()}
    assert note in "; ".join(readings[axis].notes)
    assert all(d.axis == axis and min(d.region[2:]) > 0 for d in readings[axis].defects)


def test_the_culprit_is_the_element(compared):
    source = REFERENCE.replace("Green leaves from the north", "Green trees in a north wind")
    (defect,) = compared(source)["text"].defects
    assert [source[a:b] for a, b in defect.spans] == ["<p>Green trees in a north wind</p>"]


def test_a_missing_block_lies_where_it_should_be(compared, view_of):
    source = REFERENCE.replace("<p>Write to us before Friday</p>\n", "")
    reading = compared(source)["blocks"]
    if reading.satisfied:
        return
    (defect,) = [d for d in reading.defects if d.kind == "block_missing"]
    assert defect.region[1] > 250


def test_few_right_blocks_satisfy_nothing(compared):
    head, _, _ = REFERENCE.partition("<div class=card>")
    readings = compared(head)
    assert {"blocks", "text", "position", "color"} <= lost(readings)
    assert readings["text"].unseen[0].startswith("missing '")


def test_an_empty_page_has_nothing_of_it(compared):
    readings = compared("<!DOCTYPE html><p></p>")
    assert lost(readings) == set(REFERENCE_AXES)
    assert readings["blocks"].score == 0.0


def test_hidden_texts_are_no_blocks(view_of):
    source = (
        "<!DOCTYPE html><p>Seen</p><p style='color:#fff'>White</p><p hidden>Hidden</p>"
        "<p style='opacity:0'>Clear</p>"
    )
    assert [block.text for block in blocks_of(view_of(source).page)] == ["seen"]


def test_a_block_is_the_ink_of_its_text(view_of):
    source = (
        "<!DOCTYPE html><body style='margin:0'>"
        "<p style='margin:100px;font:40px Arial;color:#c00'>HHH</p>"
    )
    page = view_of(source).page
    (block,) = blocks_of(page)
    x, y, width, height = np.array(block.box) * (page.width, page.height, page.width, page.height)
    assert 100 <= x <= 106
    assert 70 <= width <= 90
    assert 26 <= height <= 31
    assert 100 < y < 115
    assert block.color == pytest.approx((204, 0, 0), abs=12)


def test_inline_words_go_with_their_paragraph(view_of):
    source = "<!DOCTYPE html><p>One <strong>two</strong> three</p><section>Four</section>"
    assert [b.text for b in blocks_of(view_of(source).page)] == ["one two three", "four"]


def test_looks_are_alike_as_far_as_boxes_are(view_of):
    def look(body: str) -> np.ndarray:
        return look_of(view_of(f"<!DOCTYPE html><body style='margin:0'>{body}").page)

    box = "<div style='width:{}px;height:300px;background:{}'></div><p>x</p>"
    first = look(box.format(600, "#036"))
    assert first.shape == (LOOK_SIZE, LOOK_SIZE, 3)
    assert appearance_similarity(first, first) == pytest.approx(1.0)
    near, far = look(box.format(640, "#036")), look(box.format(600, "#fc0"))
    gone = look("<p>x</p>")
    scores = [appearance_similarity(first, other) for other in (near, far, gone)]
    assert scores[0] > 0.85 > scores[1]
    assert scores[2] < 0.3
    assert appearance_similarity(near, first) == pytest.approx(scores[0])
