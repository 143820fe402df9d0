# ruff: noqa: E501  (pages are written on a line each)
"""Kinds of pages on which a judge is easily wrong, or slow."""

from __future__ import annotations

import time

import pytest

from vsdpo_jax.domains.web.judge.detectors_layout import detect_overflow

PAIR = (("Email", "text"), ("Email address", "email"))


def _field(label: str, kind: str) -> str:
    return f"<p><label>{label} <input type={kind}></label></p>"


@pytest.mark.parametrize("kinds", [("text", "email"), ("email", "email")])
@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize(
    "labels", [("Email", "Email address"), ("Name", "Full name"), ("City", "City, town or City")]
)
def test_a_label_that_is_a_part_of_another_is_its_own(verdict, kinds, is_reversed, labels):
    asked = {
        "fields": [
            {"label": label, "kind": kind} for label, kind in zip(labels, kinds, strict=True)
        ]
    }
    rows = [_field(label, kind) for label, kind in zip(labels, kinds, strict=True)]
    source = "".join(reversed(rows) if is_reversed else rows)
    assert verdict(source, asked).diagnosis.rubric.get("content", False)
    for one, label in enumerate(labels):
        left_out = verdict(rows[1 - one], asked).diagnosis
        assert not left_out.rubric["content"], label


@pytest.mark.parametrize(
    ("turn", "is_read"),
    [
        ("scale:-1 1", False), ("scale:1 -1", False), ("scale:-1", False), ("scale:1.05", True),
        ("rotate:180deg", False), ("rotate:y 180deg", False), ("rotate:1 0 0 180deg", False),
        ("rotate:0.5turn", False), ("rotate:8deg", True), ("rotate:x 20deg", True),
        ("transform:scaleX(-1)", False), ("transform:rotate(180deg)", False),
        ("transform:scaleX(-1);scale:-1 1", True), ("rotate:180deg;transform:rotate(180deg)", True),
        ("rotate:180deg;scale:-1 -1", True),
    ],
)  # fmt: skip
def test_what_is_turned_over_is_not_read(verdict, turn: str, is_read: bool):
    source = f"<h1>Hello there</h1><p style='width:200px;margin:40px;{turn}'>Some words</p>"
    judged = verdict(source, {"heading": "Hello there", "texts": ["Some words"]})
    assert judged.diagnosis.rubric.get("content", False) is is_read
    around = source.replace("<p", f"<div style='{turn}'><p").replace(turn + "'>Some", "'>Some")
    assert (
        verdict(around, {"texts": ["Some words"]}).diagnosis.rubric.get("content", False) is is_read
    )


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("<body style='margin:0 22px;width:1500px'><p style='width:300px'>narrow", "width:1500px"),
        ("<html style='min-width:1500px'><body><p style='width:300px'>narrow", "min-width:1500px"),
        ("<body style='padding-right:40px;width:1500px'><p style='width:1490px'>x", "width:1500px"),
        (
            "<style>.a{width:900px}</style><div style='width:2000px;padding:9px'><p class=a>x</div>",
            "width:2000px",
        ),
    ],
)
def test_a_wide_page_names_what_sticks_out(view_of, body: str, named: str):
    view = view_of("<!DOCTYPE html>" + body)
    (defect,) = detect_overflow(view).defects
    assert "reaches to" in defect.message
    assert view.source[slice(*defect.spans[0])] == named


@pytest.mark.parametrize("way", ["90deg", "270deg"])
@pytest.mark.parametrize("ground", ["#fff", "#123"])
def test_letters_that_fade_into_their_ground_are_pale(verdict, way: str, ground: str):
    strong = "#000" if ground == "#fff" else "#fff"
    page = "<body style='background:{0}'><h1 style='display:inline-block;background:linear-gradient({1},{2},{3});background-clip:text;color:transparent'>Hello there people</h1>"
    faded = verdict(page.format(ground, way, strong, ground)).diagnosis
    whole = verdict(page.format(ground, way, strong, strong)).diagnosis
    assert not faded.rubric["contrast"]
    assert whole.rubric["contrast"]


@pytest.mark.parametrize("cards", [("$9", "$29"), ("$29", "$9")])
def test_cards_are_no_table_whatever_they_say(verdict, cards):
    """Their cells stand in no rows and columns; prices that were exchanged win nothing."""
    asked = {"tables": [{"columns": ["Plan", "Price"], "rows": [["Basic", "$9"], ["Pro", "$29"]]}]}
    source = "".join(
        f"<div style='float:left;width:150px'><h3>{name}</h3><p>{price}</p></div>"
        for name, price in zip(("Basic", "Pro"), cards, strict=True)
    )
    assert not verdict(source, asked).diagnosis.rubric.get("content", False)


@pytest.mark.parametrize(
    "many",
    [
        "<p>" + "<a href=#>word one</a> " * 3000,
        "<p style='position:absolute;left:9px;top:9px'>word one</p>" * 3000,
        "<button style='position:absolute;left:9px;top:9px'>word one</button>" * 3000,
        "<p>" + "<span style='background:#eee;border:1px solid'>word</span> " * 4000,
        "<div style='width:2000px;height:5px;font-size:5px;background:red'>word one</div>" * 1500,
    ],
    ids=["links", "stacked texts", "stacked buttons", "painted", "wide"],
)
def test_many_things_take_seconds(verdict, payload_of, many: str):
    """Reading and judging: nothing is quadratic in what stands in one block or one place."""
    asked = {
        "heading": "word",
        "texts": ["word one", "word"],
        "links": ["word one"] * 5,
        "buttons": ["word one"],
    }
    started = time.process_time()
    payload_of(many)
    verdict(many, asked)
    assert time.process_time() - started < 15.0
