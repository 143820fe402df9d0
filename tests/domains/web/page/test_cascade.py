# ruff: noqa: E501  (pages are written on a line each)
"""Which declaration won: against what Chromium's DevTools say, and against what it computed.

Every declared value of a property is unique within its sheet, so that a computed colour or length
names the declaration that made it.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from vsdpo_jax.domains.web.source.instrument import instrument

BODY = """<body><main id=m class=box><h1 id=h class="a head">Head</h1>
<p id=p class="a b" lang=en title=x>Text <b id=b>bold <i id=i class=deep>deep</i></b> <a id=l href=#>link</a></p>
<ul id=u><li id=u1>one<li id=u2 class=b>two<li id=u3>three</ul>
<form><input id=f type=text value=v><button id=g>Go</button></form></main>
<footer id=x style="%s">foot <span id=y>small</span></footer></body>"""

SHEETS: dict[str, tuple[str, str]] = {
    "nothing": ("", ""),
    "one": ("p { color: #000101 }", ""),
    "order": ("p { color: #000101 } p { color: #000102 }", ""),
    "specificity": ("#p { color: #000101 } p.a.b { color: #000102 } p { color: #000103 }", ""),
    "within a rule": ("p { color: #000101; color: #000102 }", ""),
    "invalid value": (
        "p { color: #000101; color: nonsense; margin-left: 11px; margin-left: 4 }",
        "",
    ),
    "invalid selector": ("p { color: #000101 } p::nonsense, p { color: #000102 } p:: { x: y }", ""),
    "important": ("p { color: #000101 !important } #p { color: #000102 }", ""),
    "important within": ("p { color: #000101 !important; color: #000102 }", ""),
    "inline": ("footer { color: #000101 }", "color: #000102; margin-left: 7px"),
    "inline against important": ("footer { color: #000101 !important }", "color: #000102"),
    "inline important": (
        "footer { color: #000101 !important }",
        "color: #000102 !important; color: #000103",
    ),
    "inherited": ("body { color: #000101; font-size: 13px }", ""),
    "inherited from inline": ("", "color: #000102; font-size: 11px"),
    "link of the browser": ("body { color: #000101 } a:visited { color: #000102 }", ""),
    "inherit keyword": ("body { color: #000101 } a { color: inherit } i { color: unset }", ""),
    "initial keyword": ("body { color: #000101 } b { color: initial }", ""),
    "revert": ("a { color: #000101 } #l { color: revert }", ""),
    "revert-layer": ("@layer q { p { color: #000101 } } p { color: revert-layer }", ""),
    "shorthand": ("p { margin: 1px 2px 3px 4px; margin-left: 9px } #p { padding: 5px }", ""),
    "shorthand after": ("p { margin-left: 9px; margin: 1px 2px 3px 4px }", ""),
    "font": ("body { font: italic 700 17px/2 serif } p { font-size: 19px }", ""),
    "background": ("main { background: #000101; background-color: #000102 }", ""),
    "media holds": ("p { color: #000101 } @media (min-width: 300px) { p { color: #000102 } }", ""),
    "media fails": ("p { color: #000101 } @media (max-width: 300px) { p { color: #000102 } }", ""),
    "media print": ("p { color: #000101 } @media print { p { color: #000102 } }", ""),
    "supports": (
        "@supports (display: grid) { p { color: #000101 } } "
        "@supports (display: nonsense) { p { color: #000102 } }",
        "",
    ),
    "nested at-rules": (
        "@media screen { @supports (color: red) { #p { color: #000101 } } p { color: #000102 } }",
        "",
    ),
    "layers": (
        "@layer a, b; @layer b { p { color: #000101 } } @layer a { #p { color: #000102 } }",
        "",
    ),
    "layer against none": ("p { color: #000101 } @layer a { #p { color: #000102 } }", ""),
    "important layers": (
        "@layer a { p { color: #000101 !important } } @layer b { #p { color: #000102 !important } } "
        "#p { color: #000103 !important }",
        "",
    ),
    "layer against inline": ("@layer a { footer { color: #000101 !important } }", "color: #000102"),
    "anonymous layers": ("@layer { #p { color: #000101 } } @layer { p { color: #000102 } }", ""),
    "nesting": ("main { color: #000101; & p { color: #000102; b { color: #000103 } } }", ""),
    "nesting with media": (
        "p { color: #000101; @media screen { color: #000102; margin-left: 6px } margin-left: 8px }",
        "",
    ),
    "nesting of pseudo-class": ("li { color: #000101; &:nth-child(2) { color: #000102 } }", ""),
    "nested late declaration": ("p { b { color: #000101 } color: #000102; }", ""),
    "is and where": (":is(#p, q) { color: #000101 } :where(#p) { color: #000102 }", ""),
    "has and not": ("p:has(b) { color: #000101 } li:not(.b) { color: #000102 }", ""),
    "attributes": ("[lang=en] { color: #000101 } p[title^=x] { color: #000102 }", ""),
    "siblings": ("h1 + p { color: #000101 } li ~ li { color: #000102 }", ""),
    "list of selectors": ("h1, #p, i { color: #000101 } p, .deep { color: #000102 }", ""),
    "states": ("p:hover { color: #000101 } a:link { color: #000102 } p { color: #000103 }", ""),
    "container": (
        "main { container-type: inline-size } "
        "@container (min-width: 100px) { p { color: #000101 } } "
        "@container (max-width: 100px) { #p { color: #000102 } }",
        "",
    ),
    "scope": ("@scope (main) to (b) { p { color: #000101 } i { color: #000102 } }", ""),
    "star": ("* { margin: 0; color: #000101 } b { color: #000102 }", ""),
    "all": ("p { color: #000101; margin-left: 3px } #p { all: initial; color: #000102 }", ""),
    "comments and escapes": (
        "/* p{color:red} */ p/**/.a { color/**/: /* x */ #000101 } \\70 { color: #000102 }",
        "",
    ),
    "controls": ("body { font: 21px serif; color: #000101 } input { color: #000102 }", ""),
    "headings": ("body { font-size: 12px } h1 { margin-left: 2px }", ""),
    "logical": ("p { margin-inline-start: 5px; margin-left: 6px }", ""),
    "custom": ("body { --c: #000101 } p { color: #000102; --c: #000103 }", ""),
    "broken end": ("p { color: #000101 } h1 { color: #000102", ""),
    "two sheets": ("p { color: #000101 }</style><style media=print>p { color: #000102 }", ""),
    "two sheets that count": ("p { color: #000101 }</style><style>p { color: #000102 }", ""),
    "same rule twice": ("p { color: #000101 } h1 { color: #000104 } p { color: #000102 }", ""),
}
PROPERTIES = ("color", "font-size", "margin-left", "padding-left", "background-color")
ORACLE = """([ids, names]) => ids.map((id) => {
  const style = getComputedStyle(document.getElementById(id));
  return names.map((name) => style.getPropertyValue(name));
})"""
RESOLVE = """(pairs) => pairs.map(([name, property, value]) => {
  const style = document.createElement('div').style;
  style.setProperty(property, value);
  const kept = style.getPropertyValue(name);
  document.body.style.setProperty(name, kept);
  return getComputedStyle(document.body).getPropertyValue(name);
})"""


def page_of(name: str) -> str:
    css, inline = SHEETS[name]
    return f"<!DOCTYPE html><html><head><style>{css}</style></head>{BODY % inline}</html>"


def split(declaration: str) -> tuple[str, str]:
    """Property and value of a declaration, comments and importance off."""
    plain = re.sub(r"/\*.*?\*/", "", declaration)
    name, _, value = plain.partition(":")
    return name.strip().lower(), value.replace("!important", "").strip()


@pytest.mark.parametrize("name", SHEETS)
def test_the_winner_has_the_computed_value(name: str, see: Any, tab: Any) -> None:
    source = page_of(name)
    page = see(source)
    elements = [e for e in page.elements if "id" in e.attributes]
    tab.open(instrument(source).html)
    ids = [e.attributes["id"] for e in elements]
    computed = tab.evaluate(ORACLE, [ids, list(PROPERTIES)])
    asked, expected = [], []
    for element, values in zip(elements, computed, strict=True):
        for property_, value in zip(PROPERTIES, values, strict=True):
            span = element.set_by.get(property_)
            if span is None:
                # #0001xx and 1 to 21 px are ours; nothing of the browser's own looks like them.
                assert not re.fullmatch(r"rgb\(0, 1, \d+\)", value), (element.tag, property_, value)
                continue
            written, declared = split(source[slice(*span)])
            if declared in ("initial", "unset", "revert", "revert-layer") or written == "all":
                continue
            is_own = (
                element.tag in ("h1",) and property_ == "font-size"
            )  # relative to what is named
            if not is_own:
                asked.append([property_, written, declared])
                expected.append((element.attributes["id"], property_, value))
    answers = tab.evaluate(RESOLVE, asked)
    assert list(zip(expected, answers, strict=True)) == [((*e[:2], e[2]), e[2]) for e in expected]


def devtools_winner(
    tab: Any, node: int, property_: str, sheets: dict[str, Any]
) -> tuple[str, str] | None:
    """The declaration that wins for a node by the rules that DevTools lists, lowest first; layers
    and importance across layers are left to the other test."""
    matched = tab.cdp("CSS.getMatchedStylesForNode", {"nodeId": node})
    own = [rule["rule"]["style"] for rule in matched.get("matchedCSSRules", [])]
    author = [
        rule["rule"]["style"]
        for rule in matched.get("matchedCSSRules", [])
        if rule["rule"]["origin"] == "regular"
    ]
    assert len(author) <= len(own)
    if "inlineStyle" in matched:
        author.append(matched["inlineStyle"])
    best = None
    for style in author:
        for declared in style["cssProperties"]:
            if (
                declared.get("disabled")
                or not declared.get("parsedOk", True)
                or "range" not in declared
            ):
                continue
            names = [one["name"] for one in declared.get("longhandProperties", [])]
            if property_ not in (names or [declared["name"]]):
                continue
            important = bool(declared.get("important"))
            if best is None or important or not best[0]:
                best = (important, (declared["name"], declared["value"]))
    return best and best[1]


@pytest.mark.parametrize(
    "name",
    [n for n in SHEETS if "layer" not in n and not n.startswith(("revert", "all", "comments"))],
)
def test_devtools_agree(name: str, see: Any, tab: Any) -> None:
    source = page_of(name)
    page = see(source)
    tab.open(instrument(source).html)
    tab.cdp("DOM.enable")
    tab.cdp("CSS.enable")
    root = tab.cdp("DOM.getDocument", {"depth": -1})["root"]["nodeId"]
    for element in page.elements:
        if element.attributes.get("id") not in ("p", "b", "u2", "x", "h", "l"):
            continue
        selector = f"#{element.attributes['id']}"
        node = tab.cdp("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
        for property_ in ("color", "margin-left", "padding-left", "background-color"):
            want = devtools_winner(tab, node, property_, {})
            if want is None or want[1].split()[0] in ("inherit", "unset"):
                continue
            span = element.set_by[property_]
            written, value = split(source[slice(*span)])
            clean = re.sub(r"/\*.*?\*/|!important", "", want[1]).strip()
            assert (written, value) == (want[0], clean)
    tab.cdp("CSS.disable")
    tab.cdp("DOM.disable")


def winner(see: Any, source: str, tag: str, property_: str) -> str | None:
    page = see(source)
    element = next(e for e in page.elements if e.tag == tag)
    span = element.set_by.get(property_)
    return None if span is None else source[slice(*span)]


@pytest.mark.parametrize(
    ("source", "tag", "property_", "expected"),
    [
        ("<body bgcolor=red><p>x", "body", "background-color", "bgcolor=red"),
        ("<font color='#aaa' size=1>x</font>", "font", "color", "color='#aaa'"),
        ("<font size=1>x</font>", "font", "font-size", "size=1"),
        ("<font color=#ddd><b>x</b></font>", "b", "color", "color=#ddd"),
        ("<p align=right>x", "p", "text-align", "align=right"),
        ("<img src=rick.jpg width=20>", "img", "width", "width=20"),
        ("<style>img{width:9px}</style><img src=rick.jpg width=20>", "img", "width", "width:9px"),
        ("<table width=90><tr><td>x</table>", "table", "width", "width=90"),
        ("<svg><text fill=red y=20>x</text></svg>", "text", "fill", "fill=red"),
        ("<p hidden>x", "p", "display", "hidden"),
        ("<p>x", "p", "color", None),
        ("<style>b{color:var(--c)}:root{--c:#eee}</style><b>x</b>", "b", "color", "color:var(--c)"),
    ],
)
def test_attributes_set_what_no_declaration_sets(
    source: str, tag: str, property_: str, expected: str | None, see: Any
) -> None:
    assert winner(see, source, tag, property_) == expected


def test_a_page_cannot_say_who_won(see: Any, tab: Any) -> None:
    """What it names like our properties is its own affair, and ours have names that it cannot know."""
    forged = "--set-by-color:1;--data-src-color:1"
    source = (
        f"<style>i{{width:9px}}p{{color:#010203;{forged}}}</style><p style='{forged}'>x</p><i>y</i>"
    )
    assert winner(see, source, "p", "color") == "color:#010203"
    names = tab.evaluate(
        "() => document.adoptedStyleSheets.flatMap((sheet) => Array.from(sheet.cssRules))"
        ".filter((rule) => rule instanceof CSSPropertyRule).map((rule) => rule.name)"
    )
    prefix = f"--{instrument(source).attribute}-"
    assert f"{prefix}color" in names
    assert all(name.startswith(prefix) for name in names)


def test_pseudo_elements_have_winners_of_their_own(see: Any) -> None:
    source = "<style>p{color:#111}p::before{content:'pre';color:#222}</style><p>x"
    page = see(source)
    before = next(run for run in page.texts if run.source == "pseudo")
    assert source[slice(*before.set_by["color"])] == "color:#222"
    assert source[slice(*page.elements[before.element].set_by["color"])] == "color:#111"


def _whom_rules_select(css: str, body: str, see: Any) -> dict[str, list[str]]:
    source = f"<style>{css}</style>{body}"
    page = see(source)
    return {
        source[slice(*match.span)].split("{")[0]: [
            page.elements[e].attributes.get("id", "") for e in match.elements
        ]
        for match in page.rules
    }


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("@container (min-width:200px){X}", ["a"]),
        ("@container (max-width:200px){X}", ["b"]),
        ("@container (min-width:9000px){X}", None),
        ("@container (min-width:1px){X}", ["a", "b"]),
        ("@container large (min-width:1px){X}", ["a"]),
        ("@container (min-width:200px){@media screen{X}}", ["a"]),
        ("@container (min-width:200px){@media print{X}}", None),
        ("@scope (.large){X}", ["a"]),
        ("@scope (main) to (.small){X}", ["a"]),
    ],
)
@pytest.mark.parametrize("rule", ["p{color:red}", "p::before{content:'x'}"])
def test_rules_in_containers_and_scopes_hold_for_some(
    css: str, expected: list[str] | None, rule: str, see: Any
) -> None:
    frame = ".large{container:large/inline-size;width:400px}.small{container-type:inline-size;width:99px}"
    body = "<main><div class=large><p id=a>x</div><div class=small><p id=b>y</div></main>"
    # What another rule sets with more weight does not make this one hold less.
    other = "main p#a{color:blue !important}"
    found = _whom_rules_select(frame + css.replace("X", rule) + other, body, see)
    assert found.get(rule.split("{")[0]) == expected
    assert found["main p#a"] == ["a"]


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("p{color:red}", {"p": ["p"]}),
        ("p::before{content:'x'}", {"p::before": ["p"]}),
        ("main{p{color:red}&>i{color:red}}", {"p": ["p"], "&>i": ["i"]}),
        ("@media print{p{color:red}}i{color:red}", {"i": ["i"]}),
        ("p:hover{color:red}q{color:red}", {}),
        ("p,i{color:red}", {"p,i": ["p", "i"]}),
        ("p::nonsense{color:red}", {}),
    ],
)
def test_rules_know_whom_they_select(css: str, expected: dict[str, Any], see: Any) -> None:
    source = f"<style>{css}</style><main><p>x</p><i>y</i></main>"
    page = see(source)
    found = {
        source[slice(*match.span)].split("{")[0]: [page.elements[e].tag for e in match.elements]
        for match in page.rules
    }
    assert {name: tags for name, tags in found.items() if name != "main"} == expected
