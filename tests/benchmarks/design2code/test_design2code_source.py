"""Answers to pages, and pages to recoloured copies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from vsdpo_jax.benchmarks.design2code import source
from vsdpo_jax.benchmarks.design2code.source import cleaned, prepared, recolored

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text())


@pytest.mark.parametrize(
    ("answer", "page"),
    [
        (
            "```html\n<!DOCTYPE html><p>a</p></html>\nThat is it.```",
            "<!DOCTYPE html><p>a</p></html>",
        ),
        ("Here: <!DOCTYPE html><p>a</p>", "<!DOCTYPE html><p>a</p>"),
        ("Here: <html><p>a</p></html> done", "Here: <html><p>a</p></html>"),
        ("html<p>a</p>", "<p>a</p>"),
        ("", ""),
    ],
)
def test_answers_are_cleaned_by_the_official_rules(answer, page):
    assert cleaned(answer) == page


def test_what_has_no_root_gets_one():
    assert prepared("words") == "<html><body><p>words</p></body></html>"
    assert prepared("<HTML><p>a</p></HTML>") == "<html><p>a</p></html>"


@pytest.mark.parametrize("pair", GOLDEN, ids=[pair["id"] for pair in GOLDEN])
def test_preprocessing_leaves_as_much_as_officially(pair):
    expected = pair["detail"]["candidate_source_len_after_preprocess"]
    assert len(prepared(pair["candidate_html"])) == expected


def test_text_elements_get_colours_of_their_own_and_their_texts_inherit_them():
    page = (
        "<html><body>bare<p style='color: red; COLOR-x: 1; opacity: 0'>one<b>two</b></p>"
        "<section>three<!-- no --></section><em style='color: #010203'>four</em>"
        "<p style='background-color: blue'><i>five</i></p></body></html>"
    )
    found = recolored(page)
    assert found.items == (
        ("bare", (0, 0, 0)), ("one", (250, 250, 250)), ("two", (250, 250, 234)),
        ("three", (0, 0, 0)), ("four", (1, 2, 3)), ("five", (250, 250, 218)),
    )  # fmt: skip
    plain = BeautifulSoup(found.plain, "html.parser")
    assert plain.p is not None
    style = str(plain.p["style"])
    assert "color: #fafafa !important" in style
    assert "opacity: 1.0 !important" in style
    assert "red" not in style
    assert "blue" not in found.plain
    shifted = BeautifulSoup(found.shifted, "html.parser")
    assert shifted.p is not None
    assert "color: #2c2c2c" in str(shifted.p["style"])


def test_more_texts_than_colours_are_said(monkeypatch):
    monkeypatch.setattr(source, "CAPACITY", 3)
    with pytest.raises(source.TooManyTexts, match="4 text elements, and 3 colours"):
        recolored("<p>a</p>" * 4)
