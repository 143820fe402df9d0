"""Tags of any page: where they stand, and in what time they are found."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_pages import PAGES
from tag_soup import PIECES

from vsdpo_jax.domains.web.source.css import stylesheet_of
from vsdpo_jax.domains.web.source.html import Markup, read
from vsdpo_jax.domains.web.source.instrument import instrument
from vsdpo_jax.records import Span

SOUP = st.lists(st.sampled_from([*PIECES, "text ", "<b>", "<p>"]), max_size=40).map("".join)
BYTES = st.binary(max_size=80).map(lambda data: data.decode("utf-8", "surrogateescape"))
ANY = st.one_of(
    SOUP, BYTES, st.text(max_size=60), st.text(alphabet="<>/!-=\"' abp\0\r\n&;[]", max_size=60)
)


def _are_nested_or_apart(spans: list[Span]) -> bool:
    open_ends: list[int] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        while open_ends and open_ends[-1] <= start:
            open_ends.pop()
        if open_ends and end > open_ends[-1]:
            return False
        open_ends.append(end)
    return True


def _check(source: str, markup: Markup) -> None:
    for tag in markup.tags:
        start, end = tag.start_tag
        assert 0 <= start < end <= tag.span[1] <= len(source)
        assert tag.span[0] == start
        assert source[start] == "<"
        assert source[end - 1] == ">"
        written = source[start + 1 : tag.insert_at]
        assert written.replace("\0", "\ufffd").lower() == tag.name.lower()
        assert source[tag.insert_at] in "\t\n\f\r />"
        if tag.end_tag is not None:
            assert end <= tag.end_tag[0] < tag.end_tag[1] <= tag.span[1]
            assert source.startswith("</", tag.end_tag[0])
        place = tag.insert_at
        for attribute in tag.attributes:
            assert place <= attribute.span[0] < attribute.span[1] < end
            assert attribute.span[0] <= attribute.value_span[0] <= attribute.value_span[1]
            place = attribute.span[1]
    assert [tag.start_tag for tag in markup.tags] == sorted(tag.start_tag for tag in markup.tags)
    assert _are_nested_or_apart([tag.span for tag in markup.tags])


@given(ANY, st.booleans())
def test_spans_of_any_text(source: str, scripts: bool):
    _check(source, read(source, scripts=scripts))


@pytest.mark.parametrize("name", PAGES)
def test_spans_of_pages(name: str):
    _check(PAGES[name], read(PAGES[name]))


@given(ANY)
def test_the_source_comes_back_when_the_attributes_are_taken_out(source: str):
    made = instrument(source)
    assert made == instrument(source)
    assert made.attribute not in source.lower()
    back = made.html
    for index in range(len(made.markup.tags)):
        for mark in {index} | {group[0] for group in made.markup.alike}:
            back = back.replace(f' {made.attribute}="{mark}"', "")
    assert back == source
    assert made.html.count(made.attribute) == len(made.markup.tags)


@given(SOUP)
def test_an_instrumented_page_has_the_same_tags(source: str):
    made = instrument(source)
    again = read(made.html)
    assert [tag.name for tag in again.tags] == [tag.name for tag in made.markup.tags]
    for tag, before in zip(again.tags, made.markup.tags, strict=True):
        assert [found.name for found in tag.attributes[1:]] == [
            found.name for found in before.attributes
        ]
        assert tag.namespace == before.namespace
        assert (tag.end_tag is None) == (before.end_tag is None)


def _texts(source: str) -> list[str]:
    return [source[slice(*tag.span)] for tag in read(source).tags]


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("<p>a<p>b", ["<p>a", "<p>b"]),
        ("<ul><li>a<li>b</ul>c", ["<ul><li>a<li>b</ul>", "<li>a", "<li>b"]),
        ("<br>a<img src=x>b", ["<br>", "<img src=x>"]),
        ("<b><i>x</b>y</i>", ["<b><i>x</b>", "<i>x"]),
        # The paragraph outlives the bold text that it began in, which is widened to hold it.
        ("<b>1<p>2</b>3</p>4", ["<b>1<p>2</b>3</p>", "<p>2</b>3</p>"]),
        ("<form><div></form>x</div>", ["<form><div></form>x</div>", "<div></form>x</div>"]),
        ("<table><tr><td>x</table>y", ["<table><tr><td>x</table>", "<tr><td>x", "<td>x"]),
        ("<body><p>a</body>\n", ["<body><p>a</body>", "<p>a"]),
        ("<html><p>a</html>\n", ["<html><p>a</html>", "<p>a"]),
        ("<html><p>a</html>b", ["<html><p>a</html>b", "<p>a</html>b"]),
        ("<script><b></script><!--<i>--><u>", ["<script><b></script>", "<u>"]),
        ("<textarea><p></textarea>", ["<textarea><p></textarea>"]),
        ("<svg><style><g/></style>", ["<svg><style><g/></style>", "<style><g/></style>", "<g/>"]),
        ("<p>a</p></p><tr>b", ["<p>a</p>", "<tr>"]),
        ("<p>a<b c=d", ["<p>a<b c=d"]),
        ("<a title='<p>'>x</a>", ["<a title='<p>'>x</a>"]),
        ("<noscript><p>x</noscript>", ["<noscript>", "<p>x</noscript>"]),
        ("a<noscript><p>x</noscript>", ["<noscript><p>x</noscript>", "<p>x</noscript>"]),
    ],
)  # fmt: skip
def test_where_elements_begin_and_end(source: str, texts: list[str]):
    assert _texts(source) == texts


def test_noscript_holds_text_where_scripts_run():
    source = "<body><noscript><p>x</p></noscript>"
    assert [tag.name for tag in read(source).tags] == ["body", "noscript", "p"]
    assert [tag.name for tag in read(source, scripts=True).tags] == ["body", "noscript"]


def test_attributes_and_their_values():
    source = """<p a b=1 c='&lt;"&amp;' D="x&copy=1&copy;" a=2 e=/ f= />"""
    (tag,) = read(source).tags
    assert [(found.name, found.value) for found in tag.attributes] == [
        ("a", ""),
        ("b", "1"),
        ("c", '<"&'),
        ("d", "x&copy=1©"),
        ("a", "2"),
        ("e", "/"),
        ("f", "/"),
    ]
    assert [source[slice(*found.value_span)] for found in tag.attributes] == [
        "", "1", '&lt;"&amp;', "x&copy=1&copy;", "2", "/", "/",
    ]  # fmt: skip
    first = tag.attribute("a")
    assert first is not None
    assert first.value == ""


@pytest.mark.parametrize(
    ("source", "end"),
    [
        ("<p>a<b", 4),
        ("<p>a<b c='>", 4),
        ("<p>a</b", 4),
        ("<p>a<!-- b", 4),
        ("<p>a<!-- > b", 4),
        ("<p>a<", 5),
        ("<p>a", 4),
        ("<p>", 3),
        ("<style>a{b:c", 12),
    ],
)
def test_where_what_is_cut_off_begins(source: str, end: int):
    assert read(source).read_end == end


def test_tags_that_make_no_element_say_so():
    markup = read("<p>a<tr><html><body>b<frame>")
    # The second <html> and <body> give their attributes to elements that were implied.
    assert [tag.namespace for tag in markup.tags] == ["html", None, "html", "html", None]


def test_elements_that_a_browser_drops_because_they_are_the_same_stay_the_same():
    made = instrument("<b><b><b><b><p><b id=x>")
    assert made.markup.alike == ((0, 1, 2, 3),)
    assert made.html.count(f'{made.attribute}="0"') == 4
    assert read("<b><b><b><p><b id=x><b id=x>").alike == ()


@pytest.mark.parametrize(
    "source",
    [
        "<div class='a'>text <b>x</b></div>\n" * 3000,
        "<div>" * 30_000,
        "<b>" * 10_000,
        "".join(f"<b id={index}>" for index in range(7_000)) + "</b>" * 7_000,
        "".join(f"<b id={index}>" for index in range(3_000)) + "<p>" * 10_000,
        "<div>" * 10_000 + "<li></li>" * 7_000,
        "<div>" * 10_000 + "<table></table>" * 7_000,
        "<b>" + "<div>" * 10_000 + "</b><b>" * 7_000,
        "<form>" + "<div>" * 10_000 + "</form><form>" * 7_000,
        "<span>" * 10_000 + "</x>" * 10_000,
        "<" * 200_000,
        "<!--" * 80_000,
        "<a b='" * 50_000,
        "<script>" + "<!--<script>" * 30_000,
        "<svg>" * 10_000 + "</g>" * 10_000,
        "<template><td>" * 5_000,
        "<p a='" + "&" * 200_000 + "'>",
        "<style>" + "@media x{" * 10_000,
        "<style>" + "a{b:" * 20_000,
        "<style>" + "(" * 200_000,
        "<style>" + "/" + "*" * 200_000,
        "<style>a{" + "b:c;" * 20_000,
    ],
    ids=range(22),
)
def test_time_is_linear(source: str):
    """About half a second of one core each, where the square of the length is minutes."""
    begin = time.process_time()
    stylesheet_of(source, read(source))
    assert time.process_time() - begin < 4
