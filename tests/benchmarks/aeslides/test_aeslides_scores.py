"""Pages and python-pptx programs through their rooms."""

from __future__ import annotations

import pytest

from vsdpo_jax.benchmarks import scoring
from vsdpo_jax.benchmarks.aeslides.benchmark import DECK, PAGE
from vsdpo_jax.benchmarks.aeslides.numbers import AXES
from vsdpo_jax.benchmarks.base import NoProgram, Scoring, load_benchmark
from vsdpo_jax.benchmarks.predictions import Row
from vsdpo_jax.sandbox import Limits

BENCHMARK = load_benchmark("aeslides")
HOW = Scoring(edition=BENCHMARK.editions[0])
PAGE_TEXT = (
    "<!DOCTYPE html><html><head><style>body{margin:0;font-family:sans-serif}"
    ".s{width:1280px;height:720px;position:relative}"
    "h1{position:absolute;left:80px;top:40px;width:1120px;margin:0;text-align:center}"
    ".c{position:absolute;top:160px;width:520px;height:480px;background:#eef}"
    "p{margin:20px;font-size:24px}</style></head><body><div class=s><h1>Rivers</h1>"
    f"<div class=c style='left:80px'><p>{'Sand and silt go to the sea. ' * 20}</p></div>"
    f"<div class=c style='left:680px'><p>{'Clay and stones stay upriver. ' * 20}</p></div>"
    "</div></body></html>"
)
DECK_TEXT = """```python
from pptx import Presentation
from pptx.util import Inches
prs = Presentation()
prs.slide_width, prs.slide_height = Inches({width}), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
box = slide.shapes.add_textbox(Inches(1), Inches(1), Inches(8), Inches(1))
box.text_frame.text = "Sand and silt"
prs.save("x.pptx")
```"""
ANSWERS = {
    "page": f"```html\n{PAGE_TEXT}\n```",
    "tall": PAGE_TEXT.replace("height:720px", "height:960px"),
    "covered": PAGE_TEXT.replace("left:680px", "left:300px"),
    "remote": PAGE_TEXT.replace("<style>", "<script src=https://cdn.invalid/a.js></script><style>"),
    "blank": "<html><body></body></html>",
    "deck": DECK_TEXT.format(width=13.333),
    "square": DECK_TEXT.format(width=7.5),
    "words": "I cannot do that.",
}


@pytest.fixture(scope="module")
def scores():
    """Results of ANSWERS."""
    rows = [
        Row(number=1, name=name, answer=answer, reference=None) for name, answer in ANSWERS.items()
    ]
    found = {}
    machine = scoring.Machine(limits=Limits(cpu_s=20, wall_s=200.0), workers=1)
    scoring.score(BENCHMARK, rows, HOW, machine, lambda row, r: found.update({row.name: r}))
    return found


def test_a_well_laid_out_page_has_all(scores):
    assert [scores["page"][axis] for axis in AXES] == pytest.approx([1.0, 1.0, 1.0, 1.0], abs=0.05)


def test_each_fault_costs_its_number(scores):
    assert scores["tall"]["aspect_ratio"] == pytest.approx(0.0052, abs=1e-3)
    assert scores["covered"]["collision"] < 0.3
    assert scores["deck"]["aspect_ratio"] == 1.0
    assert scores["square"]["aspect_ratio"] < 0.05
    assert scores["deck"]["whitespace"] == 0.0
    assert 0 < scores["deck"]["imbalance"] < 1


def test_what_cannot_be_drawn_is_null_and_what_shows_nothing_is_zero(scores):
    assert scores["remote"]["whitespace"] is None
    assert "loads https://cdn.invalid/a.js, and there is no" in str(
        scores["remote"]["null_because"]
    )
    assert (scores["blank"]["status"], scores["blank"]["imbalance"]) == ("no_artifact", 0.0)
    assert scores["words"]["format_failure"]


def test_the_room_is_chosen_by_what_the_answer_holds():
    requests = {
        name: BENCHMARK.candidate(answer, name, HOW)
        for name, answer in ANSWERS.items()
        if name != "words"
    }
    assert {name for name, request in requests.items() if request.room == DECK} == {
        "deck", "square",
    }  # fmt: skip
    assert requests["page"].room == PAGE
    assert requests["page"].source.startswith("<!DOCTYPE")
    with pytest.raises(NoProgram, match="neither a program that imports pptx nor an HTML page"):
        BENCHMARK.candidate(ANSWERS["words"], "words", HOW)
