# ruff: noqa: E501  # a sheet reads best unbroken
"""CSS of any page: what its statements are, and where they stand."""

from __future__ import annotations

import pytest
import tinycss2
from hypothesis import assume, given
from hypothesis import strategies as st

from vsdpo_jax.domains.web.source.css import Stylesheet, stylesheet_of
from vsdpo_jax.domains.web.source.css_tokens import tokenize
from vsdpo_jax.domains.web.source.html import read

_PIECES = """a p .card #x :root { } { } ( ) [ ] ; ; : : , > + ~ * @media @supports @layer @font-face @import
@keyframes @charset color red 1px 50% -1.5e3em 1e1e1 #fff !important ! " ' /* */ <!-- --> url( url(x) URL("x")
rgb(1,2) \\ \\" \\} \\7d \\00007dx --x --> - -- -a é 😀 U+26 & | = 0 .5 +1 /""".split()
CSS = st.lists(st.sampled_from([*_PIECES, " ", "\n", "a{b:c}", "a:b{c:d}"]), max_size=30).map(
    "".join
)


def _sheet(css: str) -> tuple[str, Stylesheet]:
    source = f"<style>{css}</style>"
    return source, stylesheet_of(source, read(source))


def _positions(css: str) -> list[tuple[int, int]]:
    """The places of tinycss2's tokens, blocks opened, as (line, column)."""
    found = []
    waiting = list(reversed(tinycss2.parse_component_value_list(css)))
    while waiting:
        token = waiting.pop()
        found.append((token.source_line, token.source_column))
        waiting.extend(reversed(getattr(token, "content", None) or []))
        waiting.extend(reversed(getattr(token, "arguments", None) or []))
    return found


@given(CSS)
def test_tokens_begin_where_those_of_tinycss2_do(css: str):
    # The draft of 2014, which tinycss2 follows, had a token for unicode ranges; browsers have none.
    assume("u+" not in css.lower())
    ours = []
    for token in tokenize(css):
        line = css.count("\n", 0, token.start) + 1
        if token.kind != "close":
            ours.append((line, token.start - css.rfind("\n", 0, token.start)))
    assert set(_positions(css)) <= set(ours)


@given(st.one_of(CSS, st.text(max_size=50)))
def test_tokens_cover_the_text(css: str):
    assert "".join(token.text for token in tokenize(css)) == css


@given(st.one_of(CSS, st.text(max_size=50)), st.sampled_from(["\n", "\r\n", "\r", "\f"]))
def test_spans_of_any_sheet(css: str, line_end: str):
    css = css.replace("\n", line_end)
    source = f"<style>{css}</style><p style='{css}'>x"
    markup = read(source)
    found = stylesheet_of(source, markup)
    for declaration in found.declarations:
        start, end = declaration.span
        assert 0 <= start < end <= len(source)
        if declaration.rule is not None:
            outer = found.rules[declaration.rule].span
            assert outer[0] <= start < end <= outer[1]
        else:
            assert declaration.tag is not None
            outer = markup.tags[declaration.tag].start_tag
            assert outer[0] < start < end < outer[1]
    for rule in found.rules:
        outer = markup.tags[rule.owner].span
        assert outer[0] < rule.span[0] < rule.span[1] <= outer[1]
        if rule.parent is not None:
            assert rule.parent < rule.index
            outer = found.rules[rule.parent].span
            assert outer[0] < rule.span[0] < rule.span[1] <= outer[1]
    places = [rule.span for rule in found.rules]
    assert places == sorted(places, key=lambda span: (span[0], -span[1]))
    assert [rule.index for rule in found.rules] == list(range(len(found.rules)))
    assert [item.index for item in found.declarations] == list(range(len(found.declarations)))


def _texts(css: str) -> tuple[list[str], list[str]]:
    source, found = _sheet(css)
    return (
        [source[slice(*rule.span)] for rule in found.rules],
        [source[slice(*declaration.span)] for declaration in found.declarations],
    )


@pytest.mark.parametrize(
    ("css", "rules", "declarations"),
    [
        ("a{b:c}", ["a{b:c}"], ["b:c"]),
        ("a , b { c : d ; e:f }", ["a , b { c : d ; e:f }"], ["c : d", "e:f"]),
        ("a{b:c", ["a{b:c"], ["b:c"]),
        ("a{b:c !important ;}", ["a{b:c !important ;}"], ["b:c !important"]),
        ('a{b:"};" url(;}) /*;}*/ (;})}', ['a{b:"};" url(;}) /*;}*/ (;})}'], ['b:"};" url(;}) /*;}*/ (;})']),
        ("@import 'x';a{}", ["@import 'x';", "a{}"], []),
        ("a{b:c;& d{e:f}g:h}", ["a{b:c;& d{e:f}g:h}", "& d{e:f}"], ["b:c", "e:f", "g:h"]),
        ("a{b:hover{c:d}}", ["a{b:hover{c:d}}", "b:hover{c:d}"], ["c:d"]),
        ("@keyframes k{from{a:b}}", ["@keyframes k{from{a:b}}", "from{a:b}"], ["a:b"]),
        ("@unknown{a{b:c}}", ["@unknown{a{b:c}}"], []),
        ("a{--x:{y;z};b:c}", ["a{--x:{y;z};b:c}"], ["--x:{y;z}", "b:c"]),
        ("a{b c;d:e}", ["a{b c;d:e}"], ["d:e"]),
        ("a;b{c:d}", ["a;b{c:d}"], ["c:d"]),
        ("<!-- a{b:c} -->", ["a{b:c}"], ["b:c"]),
        ("", [], []),
        ("just words", [], []),
    ],
)  # fmt: skip
def test_rules_and_declarations(css: str, rules: list[str], declarations: list[str]):
    assert _texts(css) == (rules, declarations)


def test_what_is_said_of_rules():
    _, found = _sheet(
        "@MEDIA print{@layer x{.a /* c */ b{T\\6fp:1px!IMPORTANT;--Y: Z}}}@font-face{src:u}"
    )
    media, layer, rule, face = found.rules
    assert (media.at, media.prelude, media.selectors) == ("@media", "print", "")
    assert (layer.parent, layer.conditions) == (0, ("@media print",))
    assert (rule.selectors, rule.at, rule.parent) == (".a  b", "", 1)
    assert rule.conditions == ("@media print", "@layer x")
    assert (face.selectors, face.at, face.conditions) == ("", "@font-face", ())
    top, custom, src = found.declarations
    assert (top.property, top.value, top.important, top.rule) == ("top", "1px", True, 2)
    assert (custom.property, custom.value, custom.important) == ("--Y", "Z", False)
    assert (src.rule, src.tag) == (3, None)


def test_a_style_attribute_is_written_with_references():
    source = "<p style='font-family: &quot;A&#x27;;&quot;&#59;color&colon;r&#101;d;@media x{a:b} c{d:e}'>"
    found = stylesheet_of(source, read(source))
    assert [(item.property, item.value) for item in found.declarations] == [
        ("font-family", '"A\';"'),
        ("color", "red"),
    ]
    assert [source[slice(*item.span)] for item in found.declarations] == [
        "font-family: &quot;A&#x27;;&quot;",
        "color&colon;r&#101;d",
    ]
    assert {item.tag for item in found.declarations} == {0}
    assert found.rules == ()


def test_positions_through_line_ends_and_other_planes():
    source = "<style>\r\n/*😀*/\r\n.\U0001f600{color:red;\r\n\ttop:\x001px;\f left:\ud800}</style>"
    found = stylesheet_of(source, read(source))
    assert [source[slice(*item.span)] for item in found.declarations] == [
        "color:red",
        "top:\x001px",
        "left:\ud800",
    ]
    assert found.rules[0].selectors == ".\U0001f600"


def test_style_elements_that_are_none():
    source = (
        "<style type=text/plain>a{b:c}</style><style TYPE='TEXT/CSS' media='print'>d{e:f}</style>"
        "<svg><style>g{h:&#105;}<![CDATA[j>k{l:m}]]><!-- n --></style></svg><title><style>x{y:z}</title>"
    )
    found = stylesheet_of(source, read(source))
    assert [(rule.selectors, rule.conditions, rule.owner) for rule in found.rules] == [
        ("d", ("@media print",), 1),
        ("g", (), 3),
        ("j>k", (), 3),
    ]
    assert found.declarations[1].value == "i"
    assert source[slice(*found.declarations[1].span)] == "h:&#105;"


def test_nesting_beyond_reason_is_one_statement():
    _, found = _sheet("@media x{" * 500 + "a{b:c}")
    assert 0 < len(found.rules) < 100
    assert found.declarations == ()
