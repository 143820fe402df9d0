"""What was asked against what is seen: strings, roles, tables, fields, pictures."""

from __future__ import annotations

import pytest

HEAD = "<!DOCTYPE html>\n<style>body { margin: 20px; font: 16px Arial; color: #222 }</style>\n"
TEXT = {"texts": ["Free shipping over $40"]}
RIGHT = {
    "across elements": (TEXT, "<p>Free <b>shipping</b> over <i>$40</i></p>"),
    "within a sentence": (TEXT, "<p>Now: free shipping over $40, all week.</p>"),
    "over lines": (TEXT, "<p style='width:80px'>Free shipping over $40</p>"),
    "by text-transform": (TEXT, "<p style='text-transform:uppercase'>Free shipping over $40</p>"),
    "one asked twice": ({"texts": ["More", "More"]}, "<p>More</p><p>More</p>"),
    "parts of a price": ({"texts": ["$12/month"]}, "<p><b>$12</b><small>/month</small></p>"),
    "boxes side by side": (
        {"texts": ["$12 per tin"]},
        "<div style='display:flex;gap:4px'><div>$12</div><div>per tin</div></div>",
    ),
    "a heading that is bold": ({"heading": "Tea"}, "<b>Tea</b><p>Text of the page, longer.</p>"),
    "a link of an image and a text": (
        {"links": ["Home"]}, "<a href=/><img src=rick.jpg width=40 alt=''> Home</a>",
    ),
    "a link painted as a button": (
        {"buttons": ["Go"]}, "<a href=# style='background:navy;color:#fff;padding:8px'>Go</a>",
    ),
    "an input as a button": ({"buttons": ["Send"]}, "<input type=submit value=Send>"),
    "a picture by its caption": (
        {"images": ["A pier"]},
        "<figure><img src=rick.jpg width=320 height=180><figcaption>A pier</figcaption></figure>",
    ),
    "a label around its field": (
        {"fields": [{"label": "Name"}]}, "<label>Name: <input></label>",
    ),
    "a label above": (
        {"fields": [{"label": "Note", "kind": "textarea"}]}, "<p>Note</p><textarea></textarea>",
    ),
    "radio buttons": (
        {"fields": [{"label": "Yes", "kind": "radio"}, {"label": "No", "kind": "radio"}]},
        "<input type=radio name=a> Yes <input type=radio name=a> No",
    ),
    "a table without heads": (
        {"tables": [{"rows": [["a", "1"], ["b", "2"]]}]},
        "<table><tr><td>a<td>1<tr><td>b<td>2</table>",
    ),
    "an empty cell": (
        {"tables": [{"columns": ["A", "B"], "rows": [["x", ""], ["", "y"]]}]},
        "<table><tr><th>A<th>B<tr><td>x<td><tr><td><td>y</table>",
    ),
    "equal rows": (
        {"tables": [{"columns": ["A", "B"], "rows": [["x", "1"], ["x", "1"]]}]},
        "<table><tr><th>A<th>B<tr><td>x<td>1<tr><td>x<td>1</table>",
    ),
}  # fmt: skip
WRONG = {
    "another case of a number": ({"texts": ["$4"]}, "<p>$40</p>", "text '$4' missing"),
    "a number that goes on": ({"texts": ["$9"]}, "<p>$9.99</p>", "text '$9' missing"),
    "a part of a word": ({"texts": ["Tea"]}, "<p>Teapot</p>", "text 'Tea' missing"),
    "a slip": (TEXT, "<p>Free shiping over $40</p>", "text 'Free shipping over $40' wrong"),
    "one for two": ({"texts": ["More", "More"]}, "<p>More</p>", "text 'More' missing"),
    "a heading in the text": (
        {"heading": "Tea"}, "<p>Tea</p><p>Text of the page, longer.</p>", "heading not large",
    ),
    "a heading far below": (
        {"heading": "Tea"}, "<p>Text</p><div style='height:1500px'></div><h1>Tea</h1>",
        "heading not on top",
    ),
    "no link": ({"links": ["Home"]}, "<u>Home</u>", "link 'Home' is no link"),
    "no address": ({"links": ["Home"]}, "<a>Home</a>", "link 'Home' has no address"),
    "a link around all": (
        {"links": ["Home"]}, "<a href=#>Home and a lot of other words in one link</a>",
        "link 'Home' is only a part of a link",
    ),
    "no button": ({"buttons": ["Go"]}, "<p>Go</p>", "button 'Go' is no button"),
    "a broken picture": (
        {"images": ["A pier"]}, "<p>Text</p><img src=none.jpg alt='A pier' width=99 height=99>",
        "image 'A pier' missing",
    ),
    "a picture of a pixel": (
        {"images": ["A pier"]}, "<p>Text</p><img src=rick.jpg alt='A pier' width=2 height=2>",
        "image 'A pier' missing",
    ),
    "a placeholder as label": (
        {"fields": [{"label": "Name"}]}, "<p>Text</p><input placeholder=Name>",
        "field 'Name' missing",
    ),
    "a field of another kind": (
        {"fields": [{"label": "Mail", "kind": "email"}]}, "<label>Mail <input></label>",
        "field 'Mail' not email",
    ),
    "a field far away": (
        {"fields": [{"label": "Name"}]}, "<p>Name</p><div style='height:300px'></div><input>",
        "field 'Name' has no text",
    ),
    "a cell in another column": (
        {"tables": [{"columns": ["A", "B"], "rows": [["x", "1"], ["y", "2"], ["z", "3"]]}]},
        "<table><tr><th>A<th>B<tr><td>x<td>1<tr><td>2<td>y<tr><td>z<td>3</table>",
        "table 1 cell 'y' misplaced",
    ),
    "another value": (
        {"tables": [{"columns": ["A", "B"], "rows": [["x", "1"], ["y", "2"]]}]},
        "<table><tr><th>A<th>B<tr><td>x<td>1<tr><td>y<td>7</table>", "table 1 cell '2' wrong",
    ),
}  # fmt: skip
GONE = {
    "covered": "<p>Free shipping over $40</p>"
    "<div style='position:fixed;inset:0 50% 50% 0;background:#eee'></div>",
    "white": "<p style='color:#fff'>Free shipping over $40</p>",
    "small": "<p style='font-size:3px'>Free shipping over $40</p>",
    "clipped": "<p style='width:9px;height:9px;overflow:hidden'>Free shipping over $40</p>",
    "turned": "<p style='transform:rotate(180deg)'>Free shipping over $40</p>",
    "mirrored": "<p style='transform:scaleX(-1)'>Free shipping over $40</p>",
    "laid down": "<p style='transform:skewX(80deg);margin-left:200px'>Free shipping over $40</p>",
    "overprinted": "<p style='margin:0'>Free shipping over $40</p>"
    "<p style='margin:-18px 0 0'>############################</p>",
    "under stripes": "<p>Free shipping over $40</p><div style='position:absolute;inset:0 50% 80% 0;"
    "background:repeating-linear-gradient(90deg,#fff 0 6px,transparent 6px 9px)'></div>",
    "squashed": "<p style='letter-spacing:-9px'>Free shipping over $40</p>",
    "alternative text": "<img src=none.png alt='Free shipping over $40' width=300 height=50>",
    "left out": "",
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_there_counts(verdict, name):
    asked, body = RIGHT[name]
    diagnosis = verdict(HEAD + body, asked).diagnosis
    assert diagnosis.rubric["content"], diagnosis.feedback
    assert diagnosis.scores["content"] == 1.0
    assert diagnosis.unseen == {}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_otherwise_is_told(verdict, name):
    asked, body, note = WRONG[name]
    # Beside it stands something asked and right: a page without that would be none.
    asked = {**asked, "links": [*(asked.get("links") or []), "About us"]}
    diagnosis = verdict(f"{HEAD}{body}\n<p><a href=#>About us</a></p>", asked).diagnosis
    assert note in diagnosis.feedback
    assert not diagnosis.rubric["content"]
    assert diagnosis.scores["content"] < 1.0


@pytest.mark.parametrize("name", GONE)
def test_what_cannot_be_seen_fails_every_axis_of_texts(verdict, name):
    asked = {**TEXT, "links": ["About us", "Contact"]}
    links = "<p style='margin-top:400px'><a href=#>About us</a> <a href=#>Contact</a></p>"
    diagnosis = verdict(f"{HEAD}{GONE[name]}{links}", asked).diagnosis
    axes = ("overlap", "clip", "hidden", "contrast", "tiny", "overflow", "layout", "content")
    assert not any(diagnosis.rubric[axis] for axis in axes), diagnosis.feedback
    assert set(diagnosis.unseen) == set(axes) - {"content"}


@pytest.mark.parametrize("name", GONE)
def test_where_nothing_asked_is_seen_there_is_no_page(verdict, name):
    judged = verdict(f"{HEAD}{GONE[name]}<p>Other words</p>", TEXT)
    assert judged.render.status == "no_artifact"
    assert judged.diagnosis.reward == 0.0
    if name == "covered":
        assert "line 3" in judged.diagnosis.feedback


def test_a_text_of_which_a_part_is_cut_is_there_and_harmed(verdict):
    body = "<p style='width:110px;overflow:hidden;white-space:nowrap'>Free shipping over $40</p>"
    diagnosis = verdict(f"{HEAD}{body}<p>Other words</p>", {**TEXT, "links": []}).diagnosis
    lost = {axis for axis, is_ok in diagnosis.rubric.items() if not is_ok}
    assert lost >= {"clip", "content"}
    assert "in part" in diagnosis.feedback


def test_a_list_of_the_words_is_no_page(verdict):
    asked = {"heading": "Tea", "texts": ["Green", "Black"], "links": ["Home"], "buttons": ["Buy"]}
    diagnosis = verdict(f"{HEAD}<p>Tea Green Black Home Buy</p>", asked).diagnosis
    assert diagnosis.reward < 0.2
    assert "in a row" in diagnosis.feedback


def test_a_heap_of_words_is_no_page(verdict):
    heap = " ".join(f"word{i} tea{i}" for i in range(400))
    diagnosis = verdict(f"{HEAD}<p>Free shipping over $40</p><p>{heap}</p>", TEXT).diagnosis
    assert diagnosis.reward < 0.2


def test_a_text_larger_than_the_heading_is_named(verdict):
    body = "<p style='font-size:90px;margin:0'>EVERYTHING GOES</p><h1>Tea</h1>"
    diagnosis = verdict(HEAD + body, {"heading": "Tea"}).diagnosis
    assert "extra 'EVERYTHING GOES'" in diagnosis.feedback


def test_more_words_are_no_fault(verdict):
    body = "<h1>Tea</h1><p>Picked by hand.</p><p>Free shipping over $40</p><p>Until May.</p>"
    assert verdict(HEAD + body, {"heading": "Tea", **TEXT}).diagnosis.reward == 1.0
