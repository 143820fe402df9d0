"""Which call made and changed what, on programs of every construct; decks are the same without."""

from __future__ import annotations

import io
import re
import zipfile

import pptx
import pytest
from attributed import EXPECTED, MADE_SLIDE, RECT, SOURCES
from deck_files import members
from recorded_decks import Recorded, plain_decks, record_decks

BACKGROUND = (
    "from pptx import Presentation\nfrom pptx.util import Inches\n"
    "from pptx.dml.color import RGBColor\nprs = Presentation()\n"
    "prs.slide_width = Inches(13.333)\nprs.slide_height = Inches(7.5)\n"
    "prs.slide_master.background.fill.solid()\n"
    "first = prs.slides.add_slide(prs.slide_layouts[6])\n"
    "second = prs.slides.add_slide(prs.slide_layouts[6])\n"
    "first.background.fill.solid()\n"
    "first.background.fill.fore_color.rgb = RGBColor(1, 2, 3)\n"
    "box = second.shapes.add_textbox(0, 0, 9, 9)\n"
    "box._element.getparent().remove(box._element)\n"
    "prs.slides._sldIdLst.insert(0, prs.slides._sldIdLst[1])\n"
    "prs.save('deck.pptx')\n"
)
REOPENED = SOURCES["copy"] + (
    "prs = Presentation('deck.pptx')\nprs.slides[0].shapes[0].left = 5\nprs.save('deck.pptx')\n"
)
# The notes of an artifact are those of the moment of saving.
CHANGED = SOURCES["geometry"] + "box.left = Inches(3)\n"
OTHERS = {"background": BACKGROUND, "reopened": REOPENED, "changed": CHANGED}


@pytest.fixture(scope="module")
def runs() -> dict[str, Recorded]:
    return record_decks(SOURCES | OTHERS)


@pytest.fixture(scope="module")
def plain() -> dict[str, bytes]:
    return plain_decks(SOURCES | OTHERS)


def _rows(recorded: Recorded, key: int) -> list[tuple]:
    return [
        (key, call.what, (call.paragraph, call.run, call.cell), recorded.text(call))
        for call in recorded.notes.shapes.get((0, key), ())
    ]


@pytest.mark.parametrize("name", SOURCES)
def test_the_calls_on_every_shape_are_known(name, runs):
    for row in EXPECTED[name]:
        found = _rows(runs[name], row[0])
        assert found.count(row) == 1, found
        assert found[0][1] == "made"


@pytest.mark.parametrize("name", SOURCES)
def test_every_shape_of_the_file_has_a_maker_and_no_other_has_notes(name, runs):
    deck = pptx.Presentation(io.BytesIO(runs[name].pptx))
    ids: list[int] = []
    for element in deck.slides[0].shapes._spTree.iterdescendants():
        if re.search(r"\}nv\w+Pr$", str(element.tag)) and "nvGrpSpPr" not in element.tag:
            ids.append(int(element[0].get("id")))
    groups = deck.slides[0].shapes._spTree.findall(f".//{pptx.oxml.ns.qn('p:grpSp')}")
    ids += [int(group[0][0].get("id")) for group in groups]
    keys = [n + (ids[:i].count(n) << 32) for i, n in enumerate(ids)]
    assert {key for slide, key in runs[name].notes.shapes if slide == 0} == set(keys)


def test_what_was_replaced_or_set_again_is_not_at_fault(runs):
    assert [row[3] for row in _rows(runs["set_twice"], 2)] == [RECT, "box.left = Inches(1)"]
    assert "Pt(50)" not in str(_rows(runs["rewritten"], 2))
    assert "'old'" not in str(_rows(runs["rewritten"], 2))


def test_call_sites_are_kept_innermost_first(runs):
    run = runs["helper"]

    def sites(key: int) -> list[str]:
        return [run.source[slice(*site)] for site in run.notes.shapes[0, key][0].sites]

    assert sites(3) == [
        "label(t, Inches(i))",
        "[label(t, Inches(i)) for i, t in enumerate(texts)]",
        "row(['a', 'b'])",
    ]
    assert sites(4) == ["label('c', 0)"]
    card = runs["class"].notes.shapes[0, 2]
    assert [runs["class"].source[slice(*s)] for s in card[1].sites] == ["self.paint()", "Card('x')"]


def test_a_copy_knows_its_own_call_after_that_of_its_original(runs):
    made = [row for row in _rows(runs["copy"], 2 + (1 << 32)) if row[1] == "made"]
    assert [row[3] for row in made] == [RECT, "shapes._spTree.append(twin)"]
    assert "Pt(8)" not in str(_rows(runs["copy"], 2 + (1 << 32)))
    assert "Inches(4)" not in str(_rows(runs["copy"], 2))


def test_slides_and_the_deck_have_calls_of_their_own(runs):
    run = runs["background"]

    def told(calls) -> list[tuple[str, str]]:
        return [(call.what, run.text(call)) for call in calls]

    assert told(run.notes.deck) == [
        ("made", "Presentation()"),
        ("size", "prs.slide_width = Inches(13.333)"),
        ("size", "prs.slide_height = Inches(7.5)"),
        ("other", "prs.save('deck.pptx')"),
    ]
    order = ("order", "prs.slides._sldIdLst.insert(0, prs.slides._sldIdLst[1])")
    second, first = told(run.notes.slides[0]), told(run.notes.slides[1])
    assert second == [
        ("fill", "prs.slide_master.background.fill.solid()"),
        ("made", MADE_SLIDE),
        ("other", "box._element.getparent().remove(box._element)"),
        order,
    ]
    assert first == [
        ("made", MADE_SLIDE),
        ("fill", "first.background.fill.solid()"),
        ("fill", "first.background.fill.fore_color.rgb = RGBColor(1, 2, 3)"),
    ]


def test_a_deck_that_is_opened_again_keeps_its_notes(runs):
    before, after = _rows(runs["copy"], 2), _rows(runs["reopened"], 2)
    assert after[: len(before)] == before
    new = [row[3] for row in after[len(before) :]]
    assert new == ["prs.slides[0].shapes[0].left = 5"]
    assert _rows(runs["reopened"], 2 + (1 << 32)) == _rows(runs["copy"], 2 + (1 << 32))


def test_notes_are_those_of_the_moment_of_saving(runs):
    assert _rows(runs["changed"], 2) == _rows(runs["geometry"], 2)


def _timeless(name: str, data: bytes) -> object:
    """A part without the second in which it was made."""
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return {inner: _timeless(inner, book.read(inner)) for inner in book.namelist()}
    return re.sub(rb"\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"", data)


@pytest.mark.parametrize("name", SOURCES | OTHERS)
def test_the_file_is_the_same_with_and_without_hooks(name, runs, plain):
    hooked, bare = members(runs[name].pptx), members(plain[name])
    assert list(hooked) == list(bare)
    for part in bare:
        assert _timeless(part, hooked[part]) == _timeless(part, bare[part]), part
