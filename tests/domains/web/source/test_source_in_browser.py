# ruff: noqa: E501  # a page reads best unbroken
"""What a browser makes of an instrumented page: the same picture, the same tree, the right tags."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from source_pages import PAGES
from tag_soup import soup

from vsdpo_jax.domains.web.source.css import Rule
from vsdpo_jax.domains.web.source.encoding import decode
from vsdpo_jax.domains.web.source.instrument import Instrumented, instrument

_TREES = (Path(__file__).parent / "trees.js").read_text()
_NAMESPACES = {
    "http://www.w3.org/1999/xhtml": "html",
    "http://www.w3.org/2000/svg": "svg",
    "http://www.w3.org/1998/Math/MathML": "math",
}


def _show(page: Any, body: bytes, content_type: str = "text/html; charset=utf-8") -> None:
    page.unroute_all()
    page.route(
        "**/*",
        lambda route: (
            route.fulfill(body=body, headers={"content-type": content_type})
            if route.request.is_navigation_request() and route.request.url == "http://page.test/"
            else route.abort()
        ),
    )
    page.goto("http://page.test/")


def _picture(page: Any, html: str) -> bytes:
    _show(page, html.encode())
    session = page.context.new_cdp_session(page)
    shot = session.send(
        "Page.captureScreenshot", {"optimizeForSpeed": True, "captureBeyondViewport": True}
    )
    session.detach()
    return base64.b64decode(shot["data"])


@pytest.mark.parametrize("name", PAGES)
def test_the_picture_is_the_same(source_page: Any, name: str):
    source = PAGES[name]
    assert _picture(source_page, instrument(source).html) == _picture(source_page, source)


def _wrong(page: Any, sources: list[str]) -> list[tuple[str, str]]:
    """Every source whose tree changes, or whose attributes do not point at the right tags."""
    pages = [instrument(source) for source in sources]
    trees = page.evaluate(
        _TREES,
        [[source, made.html, made.attribute] for source, made in zip(sources, pages, strict=True)],
    )
    found = []
    for source, made, (same, elements) in zip(sources, pages, trees, strict=True):
        reason = "another tree" if not same else _wrong_mark(source, made, elements)
        if reason:
            found.append((source, reason))
    return found


def _wrong_mark(source: str, made: Instrumented, elements: list[tuple[str, str, str]]) -> str:
    tags = made.markup.tags
    seen = {index for group in made.markup.alike for index in group}
    for name, mark, namespace in elements:
        if mark is None:
            continue
        tag = tags[int(mark)]
        seen.add(int(mark))
        written = source[tag.start_tag[0] + 1 : tag.insert_at].replace("\0", "\ufffd")
        meant = "img" if (tag.name, namespace) == ("image", "html") else tag.name
        if name != meant or written.lower() != tag.name or tag.namespace != namespace:
            return f"<{name}> of {namespace} points at <{written}> of {tag.namespace}"
    # A frameset takes the place of a body, and a selected option that of what was there before.
    if "<frameset" not in source and "<selectedcontent" not in source:
        for index, tag in enumerate(tags):
            if (tag.namespace is not None) and index not in seen:
                return f"no element is of tag {index}, <{tag.name}>"
    return ""


def test_elements_point_at_their_tags_and_nothing_else_changes(source_page: Any):
    assert _wrong(source_page, list(PAGES.values())) == []


def test_elements_of_soup_point_at_their_tags(source_page: Any):
    assert _wrong(source_page, [soup(seed) for seed in range(1000)]) == []


def test_pages_that_a_length_limit_cut_off(source_page: Any):
    pieces = [
        PAGES[name][:cut]
        for name in ("cards", "svg", "comments", "scripts", "attributes", "raw text")
        for cut in range(0, len(PAGES[name]), 7)
    ]
    assert _wrong(source_page, pieces) == []


_HOLDERS = """(name) => {
  const walk = document.createTreeWalker(document, NodeFilter.SHOW_TEXT), found = [];
  for (let text; (text = walk.nextNode()); ) {
    const owner = text.parentElement.closest('[' + name + ']');
    for (const word of text.data.match(/x[0-9]+/g) || [])
      found.push([word, owner ? +owner.getAttribute(name) : -1]);
  }
  return found;
}"""


@pytest.mark.parametrize(
    "source",
    [
        "<main>x0<ul>x1<li title='>'>x2<li>x3<br>x4</li>x5<em>x6</em></ul>x7<p>x8<div>x9</p>x10</main>x11",
        "<table><tr><td>x1<th>x2<tr><td>x3<table><caption>x4<td>x5</table>x6</table>x7",
        "<!doctype html><p>x1<b>x2</b><table><td>x3</table>x4<p>x5</p>x6",
        "<p>x1<table><td>x2</table>x3<p>x4",
        "<dl><dt>x1<dd>x2<p>x3<dd>x4</dl>x5<h1>x6<h2>x7</h2>x8",
        "<svg><text>x1<tspan>x2</text><g><text>x3</g><text>x4</svg>x5<math><mi>x6</math>x7",
        "<svg><foreignObject><div>x1<p>x2</div>x3</foreignObject><text>x4</text></svg>x5",
        "<button>x1<button>x2<div>x3</button>x4</div>x5<form>x6<p>x7</form>x8",
        "<a>x1<a>x2</a>x3<nobr>x4<nobr>x5</nobr>x6<select><option>x7<option>x8</select>x9",
        "<html>x1</body>x2</html>x3",
        "<html><body>x1<p>x2</p>x3</body></html> ",
        "<ruby>x1<rt>x2<rp>x3</ruby>x4<object><p>x5</object>x6</p><custom-one>x7<div>x8</custom-one>x9",
        "<textarea>x1<p></textarea>x2<noscript><b>x3</b></noscript>x4<fieldset><legend>x5</fieldset>x6",
    ],
)
def test_texts_stand_in_the_spans_of_the_elements_that_hold_them(source_page: Any, source: str):
    """Without misnesting, which a span cannot follow, an element's text is what is in its span."""
    made = instrument(source)
    _show(source_page, made.html.encode())
    found = source_page.evaluate(_HOLDERS, made.attribute)
    assert [word for word, _ in found] == re.findall(r"x[0-9]+", source)
    for word, owner in found:
        holding = [
            index
            for index, tag in enumerate(made.markup.tags)
            if tag.namespace and tag.span[0] <= source.index(word) < tag.span[1]
        ]
        assert owner == (holding[-1] if holding else -1), word


_SHEET = r"""
@charset "utf-8"; @import url(x.css) screen;
:root{--a:{b;c};--b: ( [ ] ) ;--empty:;}
a:hover,b::after{content:"}\"{;";color:red!important}
@media (min-width:1px) and (max-width:9999px){ .x{top:1px} @supports (display:grid){.y{left:2px}} }
@layer base, top; @layer base{ i{color:blue} }
.card{color:green; & .in{color:red} .deep &{top:0} > b{left:0} @media print{color:black; u{top:1px}} }
@keyframes k{ from{top:0} 50.5%{top:1px} to{top:2px} } @font-face{font-family:"q";src:url( x;y} .ttf )}
/* } */ li:is(a,b)[x="]"]{width:calc(1px*(2 + 3))} .esc\:aped\{x{color:red} c\6flgroup{c\6flor:re\64}
broken { color red; ; : ; color: blue } ^%$ { x:y } @unknown foo { a{b:c} } ok1{color:red}
@container (min-width:1px){ p{top:0} } @scope (.a) to (.b){ img{top:0} :scope{left:0} } @page{margin:1cm}
"unterminated
{ a:b } ok2{color:red} } ok3{color:red} [ } ] ok4{ } <!-- ok5{color:red} --> u\
rl{color:red} ok6{background:url(a;b{c}d);color:red} ok7{color:red;background:url(a b{c);}
"""


@pytest.mark.parametrize(
    "sheet",
    [_SHEET, _SHEET.replace("\n", "\r\n"), _SHEET.replace(" ", "\f"), _SHEET[:700]],
    ids=["line feeds", "carriage returns", "form feeds", "cut off"],
)
def test_rules_are_those_of_the_browser(source_page: Any, sheet: str):
    """Every rule that the browser keeps is one of ours, in order, with the same properties."""
    made = instrument(f"<style>{sheet}</style>")
    _show(source_page, made.html.encode())
    kept = source_page.evaluate((Path(__file__).parent / "rules.js").read_text())
    ours = [_summary(made, rule) for rule in made.stylesheet.rules if rule.selectors]
    place = 0
    for selectors, properties in kept:
        selectors = _squeezed(selectors)
        while place < len(ours) and ours[place][0] != selectors:
            place += 1
        assert place < len(ours), selectors
        for name in properties:
            assert any(name == own or name.startswith(f"{own}-") for own in ours[place][1]), name
        place += 1
    assert len(kept) > 8


def _squeezed(selectors: str) -> str:
    """Selectors as both sides write them: a nested one may begin with "&" or not."""
    return "".join(selectors.split()).removeprefix("&")


def _summary(made: Instrumented, rule: Rule) -> tuple[str, set[str]]:
    return _squeezed(rule.selectors.replace("c\\6fl", "col")), {
        declaration.property
        for declaration in made.stylesheet.declarations
        if declaration.rule == rule.index
    }


@pytest.mark.parametrize(
    "data",
    [
        b"<p>plain",
        b"\xef\xbb\xbf<p>\xc3\xa4",
        b"\xff\xfe<\x00p\x00>\x00\xe4\x00",
        b"\xfe\xff\x00<\x00p\x00>\x00\xe4",
        b"<meta charset=utf-8><p>\xc3\xa4\xff",
        b"<meta charset=latin1><p>\xe4\x80\x81",
        b'<meta http-equiv=Content-Type content="text/html; charset=iso-8859-15"><p>\xa4',
        b"<meta charset=utf-16><p>\xc3\xa4",
        b"<!-- <meta charset=latin1> --><meta charset=utf-8><p>\xc3\xa4",
        b"<meta charset=nonsense><meta charset=koi8-r><p>\xc1\xc2",
        b"<meta charset=shift_jis><p>\x83\x65\x83\x58\x83\x67",
        b"<meta charset=gb2312><p>\xc4\xe3",
    ],
)
def test_bytes_are_decoded_as_in_the_browser(source_page: Any, data: bytes):
    _show(source_page, data, "text/html")
    shown = source_page.evaluate("() => document.querySelector('p').textContent")
    assert decode(data).split("<p>")[1] == shown
