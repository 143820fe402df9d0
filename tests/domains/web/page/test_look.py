# ruff: noqa: E501  (pages are written on a line each)
"""Elements, texts and their places, by pages whose boxes are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from vsdpo_jax.domains.web.browser.session import Session
from vsdpo_jax.domains.web.page import look as look_module
from vsdpo_jax.domains.web.page.codec import encode
from vsdpo_jax.domains.web.page.look import TooRich, look
from vsdpo_jax.domains.web.page.records import Page, PageElement
from vsdpo_jax.domains.web.source.instrument import instrument

BASE = (
    "<!DOCTYPE html><style>body{margin:0;font:20px/30px 'Liberation Mono'}p,ul,ol{margin:0}</style>"
)
"""Of this font a letter is 12 px wide (1229 of 2048) and a box 23 px high (1706 + 615 of 2048)."""


def element_of(page: Page, name: str) -> PageElement:
    return next(e for e in page.elements if e.attributes.get("id") == name)


def test_boxes_are_those_of_the_page(see: Any) -> None:
    page = see(
        BASE + "<div id=a style='position:absolute;left:30px;top:1000px;width:200px;height:50px;"
        "border:5px solid;padding:3px'></div><p id=b style='width:96px'>aaaa bbb <b id=c>ccc ddd</b></p>"
    )
    assert (page.width, page.height) == (1280, 1066)
    assert page.image_YXC.shape == (1066, 1280, 3)
    assert element_of(page, "a").box == (30, 1000, 216, 66)
    assert element_of(page, "b").box == (0, 0, 96, 60)
    # "aaaa bbb" fills the line; "ccc ddd" stands on the next.
    assert element_of(page, "c").box[1] == pytest.approx(33, abs=1)
    assert element_of(page, "c").box[2] == pytest.approx(84, abs=1)


def test_spans_lead_back_to_the_source(see: Any) -> None:
    source = BASE + "<table><tr><td id=a>x<p id=b>unclosed</table><p id=c>after"
    page = see(source)
    for name in "abc":
        element = element_of(page, name)
        assert element.span is not None
        assert element.start_tag is not None
        assert source[slice(*element.start_tag)].endswith(f"id={name}>")
        assert element.source is not None
    implied = next(e for e in page.elements if e.tag == "tbody")
    assert implied.span is None
    assert not implied.scripted


def test_lines_have_their_texts(see: Any) -> None:
    page = see(BASE + "<p style='width:120px'>aaaa bbbb cccc  dddd\n<b>eeee</b></p>")
    first, second = page.texts
    assert [line.text for line in first.lines] == ["aaaa bbbb", "cccc dddd"]
    assert [line.box[1] for line in first.lines] == pytest.approx([3.5, 33.5], abs=1)
    assert first.lines[0].box[2] == pytest.approx(9 * 12, abs=1)
    assert [line.text for line in second.lines] == ["eeee"]
    assert first.block == second.block
    assert not second.glued


@pytest.mark.parametrize(
    ("html", "glued"),
    [
        ("<p>H<b>ello</b></p>", [False, True]),
        ("<p>H <b>ello</b></p>", [False, False]),
        ("<p>H<b> ello</b></p>", [False, False]),
        ("<p>H<br><b>ello</b></p>", [False, False]),
        ("<p>H</p><p>ello</p>", [False, False]),
        ("<p>a<i>b</i>c <u>d</u></p>", [False, True, True, False]),
        ("<p>a<i> </i>b</p>", [False, False]),
    ],
)
def test_runs_know_whether_they_touch(html: str, glued: list[bool], see: Any) -> None:
    page = see(BASE + html)
    assert [run.glued for run in page.texts] == glued


def texts(page: Page) -> list[tuple[str, str]]:
    return [(run.source, run.text) for run in page.texts if run.lines]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<input value=Val placeholder=no>", [("value", "Val")]),
        ("<input placeholder=Name>", [("placeholder", "Name")]),
        ("<input type=password value=abc>", [("value", "•••")]),
        ("<input type=submit>", [("button", "Submit")]),
        ("<input type=button value=Press>", [("button", "Press")]),
        ("<input type=hidden value=x>", []),
        ("<input type=date value=2026-01-31>", [("value", "01/31/2026")]),
        ("<textarea>some text</textarea>", [("value", "some text")]),
        ("<textarea placeholder=say></textarea>", [("placeholder", "say")]),
        ("<select><option>One<option selected>Two</select>", [("option", "Two")]),
        ("<select size=2><option>One<option>Two</select>", [("option", "One"), ("option", "Two")]),
        ("<button>Press <b>me</b></button>", [("text", "Press"), ("text", "me")]),
        ("<ol><li>x<li>y</ol>", [("marker", "1."), ("text", "x"), ("marker", "2."), ("text", "y")]),
        ("<ol start=4 type=a><li>x</ol>", [("marker", "d."), ("text", "x")]),
        ("<ol type=I style='margin-left:60px'><li value=9>x</ol>", [("marker", "IX."), ("text", "x")]),
        ("<ul><li>x</ul>", [("text", "x")]),
        ("<ul style='list-style-type:\"→ \"'><li>x</ul>", [("marker", "→"), ("text", "x")]),
        ("<style>p::before{content:'a'}p::after{content:'z' attr(id)}</style><p id=q>x", [("pseudo", "a"), ("text", "x"), ("pseudo", "zq")]),
        ("<img src=no.png alt='Some picture' width=200 height=50>", [("alt", "Some picture")]),
        ("<img src=rick.jpg alt='Some picture' width=200 height=50>", []),
        ("<script>text</script><style>p{}</style><template>t</template><title>t</title><p>x", [("text", "x")]),
        ("<svg width=99 height=50><text y=20>svg<tspan>t</tspan></text><title>no</title></svg>", [("text", "svg"), ("text", "t")]),
        ("<p style='text-transform:capitalize'>two words", [("text", "Two Words")]),
        ("<p>soft&shy;hyphen zero&#8203;width", [("text", "softhyphen zerowidth")]),
        ("<canvas width=99 height=20></canvas>", []),
    ],
)  # fmt: skip
def test_what_is_written(html: str, expected: list[tuple[str, str]], see: Any) -> None:
    page = see(BASE + html)
    assert texts(page) == expected
    for run in page.texts:
        if run.lines:
            assert run.visible == pytest.approx(1.0, abs=0.03), run


@pytest.mark.parametrize(
    ("html", "source"),
    [
        ("<input value=Value style='font:20px Liberation Mono;padding:9px'>", "value"),
        ("<input placeholder=Value style='font:20px Liberation Mono;text-align:right'>", "placeholder"),
        ("<select style='font:20px Liberation Mono'><option>Value</select>", "option"),
        ("<input type=submit value=Value style='font:20px Liberation Mono;width:300px'>", "button"),
        ("<style>p::before{content:'Value'}</style><p>x", "pseudo"),
        ("<style>p::after{content:'Value'}</style><p>some text ", "pseudo"),
        ("<style>p{position:relative}p::after{content:'Value';position:absolute;right:9px;top:44px}</style><p>x", "pseudo"),
        ("<ol style='margin-left:200px' start=1234><li>x</ol>", "marker"),
    ],
)  # fmt: skip
def test_generated_texts_lie_where_their_ink_is(html: str, source: str, see: Any) -> None:
    page = see(BASE + html)
    run = next(run for run in page.texts if run.source == source)
    (line,) = run.lines
    ink_YX = (page.image_YXC != page.textless_YXC).any(-1)
    for other in page.texts:
        if other is not run:
            x, y, width, height = (round(v) for v in other.lines[0].box)
            ink_YX[y : y + height, max(x - 1, 0) : x + width + 1] = False
    rows, columns = np.nonzero(ink_YX)
    x, y, width, height = line.box
    assert len(rows) > 50
    assert x - 3 <= columns.min()
    assert columns.max() <= x + width + 3
    assert y - 2 <= rows.min()
    assert rows.max() <= y + height + 2


def test_fields_know_their_labels(see: Any) -> None:
    page = see(
        "<label id=a for=f>Name</label><input id=f><label id=b><input id=g type=checkbox checked> Agree</label>"
        "<select id=s><option>One<option selected>Two</select><input id=h aria-label=Hidden>"
    )
    field, box, choice = (element_of(page, name) for name in "fgs")
    assert field.control is not None
    assert field.control.kind == "text"
    assert field.control.labels == (element_of(page, "a").index,)
    assert box.control is not None
    assert box.control.checked
    assert box.control.labels == (element_of(page, "b").index,)
    assert choice.control is not None
    assert choice.control.value == "Two"
    bare = element_of(page, "h").control
    assert bare is not None
    assert bare.labels == ()


def test_clips_follow_the_containing_blocks(see: Any) -> None:
    page = see(
        BASE
        + "<div style='position:relative;width:100px;height:40px;overflow:hidden'><p id=a style='width:300px'>x</p>"
        "<p id=b style='position:fixed;left:10px;top:100px;width:300px'>x</p></div>"
        "<div style='width:100px;height:40px;overflow:hidden'><p id=c style='position:absolute;width:300px'>x</p></div>"
        "<p id=d style='position:absolute;left:-50px;width:100px'>x</p>"
    )
    assert element_of(page, "a").clip[2] == 100
    assert element_of(page, "b").clip[2] == 300
    assert element_of(page, "c").clip[2] == 300
    assert element_of(page, "d").clip[2] == 50


def test_what_sticks_stays_where_the_picture_shows_it(see: Any) -> None:
    page = see(
        BASE
        + "<p id=a style='position:fixed;bottom:0'>fixed</p><p id=b style='position:sticky;top:0'>sticky</p><div style='height:3000px'></div><p id=c>last</p>"
    )
    assert page.height > 3000
    assert element_of(page, "a").box[1] == 690
    assert all(run.visible > 0.97 for run in page.texts)


def test_a_page_is_read_the_same_each_time(tab: Session) -> None:
    source = (
        BASE
        + "<img src=rick.jpg width=99><div style='background:url(rick.jpg);height:9px'></div>"
        + "<style>p{transition:all 9s;animation:k 3s infinite}@keyframes k{to{color:red}}</style><p autofocus>a<input autofocus value=x><p style='margin-top:-20px'>b c d"
    )
    instrumented = instrument(source)
    payloads = set()
    for _ in range(3):
        tab.open(instrumented.html)
        payloads.add(encode(look(tab, instrumented, source)))
    assert len(payloads) == 1


def test_the_textless_picture_keeps_everything_but_glyphs(see: Any) -> None:
    page = see(
        BASE
        + "<p style='border:4px solid currentcolor;background:#ccf;text-decoration:underline'>words</p><p>x</p>"
    )
    rows, columns = np.nonzero((page.image_YXC != page.textless_YXC).any(-1))
    assert len(rows) > 100
    assert tuple(page.textless_YXC[2, 100]) == (0, 0, 0)  # the border
    x, y, width, height = page.texts[0].lines[0].box
    inside = (columns >= x - 1) & (columns <= x + width + 1) & (rows >= y) & (rows <= y + height)
    x, y, width, height = page.texts[1].lines[0].box
    other = (columns >= x - 1) & (columns <= x + width + 1) & (rows >= y) & (rows <= y + height)
    assert bool(np.all(inside | other))


ODD = {
    "empty": "",
    "plain": "hello",
    "frames": "<frameset><frame></frameset>",
    "huge": "<div style='transform:scale(1e30)'><p>hi</p></div><div style='transform:matrix(1e300,0,0,1e300,0,0)'>x</div>",
    "no page": "<style>html{display:none}</style><p>x",
    "surrogates": "<p>\ud83dhalf &#xD800; &#0; \u202e evil</p><input value='&#xDFFF;'>",
    "empty selects": "<select></select><select multiple></select><select><optgroup label=G><option>in</select>",
    "inside": "<iframe srcdoc='<p>hi'></iframe><object data=x>fb</object><video></video><audio controls></audio><embed src=x>",
    "mathematics": "<math><mi>x</mi><mo>=</mo><mn>1</mn></math>",
    "deep": "<div>" * 3000 + "x",
    "unclosed": "<style>p{color:red}<p>x",
    "far": "<div style='position:absolute;left:-1e9px;top:-1e9px'>x</div><p>y",
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_odd_pages_are_read(name: str, see: Callable[[str], Page]) -> None:
    page = see(ODD[name])
    assert page.elements[0].tag == "html"


def test_what_is_too_much_is_said(tab: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "<p>a</p>" * 30
    instrumented = instrument(source)
    for name, most in (("MAX_ELEMENTS", 20), ("MAX_TEXTS", 20), ("MAX_CHARACTERS", 20)):
        with monkeypatch.context() as patch:
            patch.setattr(look_module, name, most)
            tab.open(instrumented.html)
            with pytest.raises(TooRich, match="the page holds"):
                look(tab, instrumented, source)


@pytest.fixture(scope="module")
def scripted(open_tab) -> Iterator[Session]:
    with open_tab(scripts=True) as session:
        yield session


def test_what_scripts_make_is_theirs(scripted: Session) -> None:
    source = (
        "<p id=a>mine</p><script>const e = document.createElement('p'); e.id = 'b';"
        "e.textContent = 'made'; document.body.append(e)</script>"
        "<script>document.querySelector('#a').style.color = 'red'</script>"
    )
    instrumented = instrument(source, scripts=True)
    scripted.open(instrumented.html)
    page = look(scripted, instrumented, source)
    made = element_of(page, "b")
    assert made.scripted
    assert made.source is None
    assert made.span is not None
    assert source[slice(*made.span)].startswith("<script>")
    assert not element_of(page, "a").scripted
    assert [run.text for run in page.texts] == ["mine", "made"]
