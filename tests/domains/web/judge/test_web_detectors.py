"""Each detector on pages of a few lines: what is a fault, whose it is, and what is none."""

from __future__ import annotations

import json

import pytest

HEAD = "<!DOCTYPE html>\n<style>body { margin: 20px; font: 16px Arial; color: #222 }\n"

FAULTS = {
    "text on text, the moved one": (
        ".b { margin-top: -30px }", "<p>First line here</p><p class=b>Second line here</p>",
        "overlap", "text_overlap", "margin-top: -30px",
    ),
    "lines of one text": (
        "p { width: 120px; line-height: 4px }", "<p>several words that wrap into lines</p>",
        "overlap", "text_overlap", "line-height: 4px",
    ),
    "a text that spills out of its height": (
        ".a { height: 10px }", "<div class=a><p>One</p><p>Two</p></div><div>Three and four</div>",
        "overlap", "text_overlap", "height: 10px",
    ),
    "cut by a fixed height": (
        ".a { height: 24px; overflow: hidden }", "<p class=a>Many words<br>on three<br>lines</p>",
        "clip", "text_clipped", "height: 24px",
    ),
    "cut between two lines": (
        ".a { height: 60px; overflow: hidden } p { margin: 0; line-height: 30px }",
        "<div class=a><p>One</p><p>Two</p><p>Three</p></div>",
        "clip", "text_clipped", "height: 60px",
    ),
    "an ellipsis": (
        ".a { width: 90px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }",
        "<p class=a>Too long for its line</p>", "clip", "text_clipped", "white-space: nowrap",
    ),
    "the left edge": (
        ".a { margin-left: -60px }", "<h1 class=a>Heading of the page</h1>",
        "clip", "text_clipped", "margin-left: -60px",
    ),
    "under a box": (
        ".a { position: absolute; left: 0; top: 0; width: 300px; height: 200px; background: #ddd }",
        "<p>Words under it</p><div class=a></div>", "hidden", "text_hidden", "position: absolute",
    ),
    "pale": (".a { color: #ccc }", "<p class=a>Pale words</p>",
        "contrast", "text_contrast", "color: #ccc"),
    "pale by inheritance": (".o { color: #ccc }", "<div class=o><p>Pale <b>words</b></p></div>",
        "contrast", "text_contrast", "color: #ccc"),
    "a ground that the text was not made for": (
        ".o { background: #333 }", "<div class=o><p>Dark words</p></div>",
        "contrast", "text_contrast", "background: #333",
    ),
    "an opacity": (".o { opacity: .3 }", "<div class=o><p>Faint words</p></div>",
        "contrast", "text_contrast", "opacity: .3"),
    "a pale placeholder": ("::placeholder { color: #ddd }", "<input placeholder='Your name'>",
        "contrast", "text_contrast", None),
    "tiny": (".a { font-size: 6px }", "<p class=a>Small print of the contract</p>",
        "tiny", "text_tiny", "font-size: 6px"),
    "tiny by a scale": (".a { transform: scale(.4) }", "<p class=a>Small by a scale</p>",
        "tiny", "text_tiny", "transform: scale(.4)"),
    "a wide box": (".a { width: 1500px }", "<div class=a>Wide</div>",
        "overflow", "page_wide", "width: 1500px"),
    "a long line": (".a { white-space: nowrap }", f"<p class=a>{'long words ' * 40}</p>",
        "overflow", "page_wide", "white-space: nowrap"),
    "a thing far right": (".a { position: absolute; left: 1400px }", "<p class=a>Far</p>",
        "overflow", "page_wide", "left: 1400px"),
    "a wide child": (".a { min-width: 1600px }", "<div><section><p class=a>x</p></section></div>",
        "overflow", "page_wide", "min-width: 1600px"),
    "a broken picture": ("", "<img src=none.png alt=Cat width=90 height=60>",
        "images", "image_broken", "<img src=none.png alt=Cat width=90 height=60>"),
    "a stretched picture": (".a { width: 300px; height: 300px }", "<img class=a src=rick.jpg>",
        "images", "image_stretched", "height: 300px"),
    "a box too low": (".a { border: 1px solid; height: 10px }", "<div class=a>One<br>Two</div>",
        "layout", "text_outside", "height: 10px"),
    "a box too narrow": (
        ".a { background: #eee; width: 60px }", "<div class=a>Incomprehensible</div>",
        "layout", "text_outside", "width: 60px"),
    "floats fall out": (
        ".a { border: 1px solid } p { float: left }", "<div class=a><p>One</p></div>",
        "layout", "box_collapsed", "float: left"),
    "letter by letter": (".a { width: 20px; overflow-wrap: anywhere }", "<p class=a>Unbroken</p>",
        "layout", "text_squeezed", "width: 20px"),
    "buttons": (".a { margin-left: -40px }",
        "<button>Keep everything</button><button class=a>Delete</button>",
        "overlap", "controls_overlap", "margin-left: -40px"),
}  # fmt: skip

CLEAN = {
    "for screen readers": (
        ".v { position: absolute; width: 1px; height: 1px; overflow: hidden; clip: rect(0,0,0,0) }"
        ".s { position: absolute; left: -9999px }",
        "<p class=v>Unseen</p><a class=s href=#>Skip</a><p>Seen</p>",
    ),
    "text replaced by a picture": (
        ".i { text-indent: -9999px; overflow: hidden; width: 40px; height: 40px; background: red }",
        "<p class=i>Logo</p>",
    ),
    "closed panels": (
        ".p { max-height: 0; overflow: hidden } .o { opacity: 0 } .d { display: none }",
        "<div class=p><p>Panel</p></div><p class=o>Faded out</p><p class=d>Menu</p><p>Seen</p>",
    ),
    "a slide beside the window": (
        ".w { width: 300px; overflow: hidden } .t { display: flex; width: 600px } "
        ".t p { width: 300px }",
        "<div class=w><div class=t><p>First slide</p><p>Second slide</p></div></div>",
    ),
    "a box that scrolls": (".s { width: 200px; overflow: auto; white-space: nowrap }",
        "<pre class=s>a line of code that is longer than its box, which one can scroll</pre>"),
    "a badge on a corner": (
        ".c { position: relative; width: 200px; padding: 20px; border: 1px solid } "
        ".b { position: absolute; top: -10px; right: -10px; background: #900; color: #fff }",
        "<div class=c>A card<span class=b>New</span></div>",
    ),
    "a legend on its border": ("", "<fieldset><legend>Address</legend><p>Street</p></fieldset>"),
    "tight headings": ("h1 { font-size: 60px; line-height: .9; width: 500px }",
        "<h1>Loud music in the barn</h1>"),
    "raised marks": ("p { font-size: 12px }", "<p>m<sup>2</sup> and H<sub>2</sub>O</p>"),
    "large grey": (".a { color: #8a8a8a; font-size: 30px }", "<p class=a>Large and grey</p>"),
    "a disabled button": (
        "button { color: #bbb; background: #eee }", "<button disabled>Undo</button>",
    ),
    "signs": (
        ".a { color: #ddd }", "<p>One <span class=a>|</span> two <span class=a>★★</span></p>",
    ),
    "a button in a field": (
        ".f { position: relative; width: 300px } .f input { width: 100%; padding: 8px } "
        ".f button { position: absolute; right: 4px; top: 4px }",
        "<div class=f><input type=search value=tea><button>Go</button></div>",
    ),
    "a cropped picture": (".a { width: 200px; height: 200px; object-fit: cover }",
        "<img class=a src=rick.jpg alt=x>"),
    "a lost pixel": ("", "<img src=pixel.gif alt='' width=0 height=0><p>Text</p>"),
    "vertical writing": (".a { writing-mode: vertical-rl }", "<p class=a>From top to bottom</p>"),
    "a shadow": (".a { text-shadow: 2px 2px 3px #999 }", "<h2 class=a>With a shadow</h2>"),
    "a dialog over the page": (
        "dialog { position: absolute; top: 0; left: 0; width: 400px; height: 200px; margin: 0 }",
        "<p>Below it</p><dialog open><p>Are you sure?</p></dialog>",
    ),
    "faces side by side": (
        ".f { display: inline-block; width: 40px; height: 40px; border-radius: 50%;"
        " margin-left: -6px; background: #135; color: #fff; line-height: 40px }",
        "<span class=f>AB</span><span class=f>CD</span>",
    ),
    "a bar at the foot of the window": (
        "footer { position: fixed; bottom: 0; left: 0; right: 0; background: #123; color: #fff }",
        f"{'<p>Line of text</p>' * 40}<footer>Cookies</footer>",
    ),
    "an ornament": (
        ".c { position: relative; padding: 30px } i { position: absolute; right: 10px; top: -9px; "
        "font-size: 99px; color: #f0f0f0; z-index: -1 }", "<div class=c><i>01</i><p>Card</p></div>",
    ),
    "a right to left page": ("", "<p dir=rtl>שלום לכולם</p>"),
}  # fmt: skip


def page(css: str, body: str) -> str:
    return f"{HEAD}{css}\n</style>\n{body}\n"


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_its_declaration_named(verdict, name):
    css, body, axis, kind, guilty = FAULTS[name]
    source = page(css, body)
    diagnosis = verdict(source).diagnosis
    assert not diagnosis.rubric[axis], diagnosis.feedback
    assert diagnosis.scores[axis] < 1.0
    defects = [d for d in diagnosis.defects if d.kind == kind]
    assert defects, diagnosis.feedback
    named = [source[start:end] for d in defects for start, end in d.spans]
    if guilty is not None:
        assert guilty in named
    assert all(d.message and min(d.region[2:]) >= 0 for d in defects)
    notes = json.loads(diagnosis.feedback)[axis].split("; ")
    assert all(len(note) < 80 for note in notes)


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_costs_one_axis(verdict, name):
    css, body, axis, _, _ = FAULTS[name]
    lost = {a for a, is_ok in verdict(page(css, body)).diagnosis.rubric.items() if not is_ok}
    assert lost == {axis}


@pytest.mark.parametrize("name", CLEAN)
def test_what_is_meant_so_is_no_fault(verdict, name):
    diagnosis = verdict(page(*CLEAN[name])).diagnosis
    assert [d.message for d in diagnosis.defects] == []
    assert diagnosis.reward == 1.0


def test_a_hidden_text_names_both(verdict):
    source = page(*FAULTS["under a box"][:2])
    (defect,) = verdict(source).diagnosis.defects
    assert [source[a:b] for a, b in defect.spans] == ["<p>Words under it</p>", "position: absolute"]


def test_a_ground_that_is_wrong_for_many_is_blamed_by_all(verdict):
    css = ".o { background: #444 } .o small { color: #666 }"
    source = page(css, "<div class=o><p>Dark words</p><p>More</p><small>Of its own</small></div>")
    spans = {span for d in verdict(source).diagnosis.defects for span in d.spans}
    assert {source[a:b] for a, b in spans} == {"background: #444"}


def test_notes_are_of_few_words(verdict):
    css = ".a { color: #ccc } .b { width: 1460px }"
    feedback = verdict(page(css, "<p class=a>Plan</p><p class=b>x</p>")).diagnosis.feedback
    assert '"contrast": "text \'Plan\' 1.6"' in feedback
    assert '"overflow": "page 1480 px wide"' in feedback
