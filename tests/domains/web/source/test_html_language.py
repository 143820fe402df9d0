"""HTML as a language: statements of any text, and where a page stands in an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_pages import PAGES
from tag_soup import soup

from vsdpo_jax.domains.web.source.language import HTML, parse
from vsdpo_jax.records import Span


def _check(source: str, spans: tuple[Span, ...]) -> None:
    assert list(spans) == sorted(spans, key=lambda span: (span[0], -span[1]))
    open_ends = [len(source)]
    for start, end in spans:
        assert 0 <= start < end <= len(source)
        while open_ends[-1] <= start:
            open_ends.pop()
        assert end <= open_ends[-1]
        open_ends.append(end)


@pytest.mark.parametrize("name", PAGES)
def test_statements_of_pages_and_of_their_beginnings(name: str):
    source = PAGES[name][:1500]
    for cut in {*range(0, len(source), 11), len(source)}:
        _check(source[:cut], parse(source[:cut]).spans)


@given(st.integers(0, 10**6), st.integers(0, 400))
def test_statements_of_soup(seed: int, cut: int):
    source = soup(seed)[:cut]
    _check(source, parse(source).spans)


@given(st.text(max_size=80))
def test_statements_of_any_text(source: str):
    found = parse(source)
    _check(source, found.spans)
    assert 0 <= found.parsed_end <= len(source)


def test_a_place_is_owned_by_the_innermost_element_rule_or_declaration():
    source = "<style>p{color:red;top:0}</style><div style='left:1px'>a<p>b</p>c</div>d"
    found = parse(source)

    def owner(text: str) -> str | None:
        start = source.index(text)
        index = found.smallest_enclosing((start, start + len(text)))
        return None if index is None else source[slice(*found.spans[index])]

    assert owner("red") == "color:red"
    assert owner("p{") == "p{color:red;top:0}"
    assert owner("red;top") == "p{color:red;top:0}"
    assert owner("<style>") == "<style>p{color:red;top:0}</style>"
    assert owner("1px") == "left:1px"
    assert owner("style='") == owner("a<p>") == owner("c</div>")
    assert owner(">b<") == "<p>b</p>"
    assert owner("</div>d") is None


_PAGE = "<!DOCTYPE html>\n<html><body><p>x</p></body></html>"


@pytest.mark.parametrize(
    ("text", "program"),
    [
        (_PAGE, _PAGE),
        (f"```html\n{_PAGE}\n```", _PAGE + "\n"),
        (f"Here it is:\n```HTML\n{_PAGE}\n```\nI hope it helps.", _PAGE + "\n"),
        (f"```\n{_PAGE}\n```", _PAGE + "\n"),
        (f"```css\np{{}}\n```\n```html\n{_PAGE}", _PAGE),
        (f"Here is the page:\n\n{_PAGE}\n\nI hope it helps.", _PAGE),
        ("Sure!\n<html><p>x</html>", "<html><p>x</html>"),
        ("Sure!\n<!doctype html><p>x", "<!doctype html><p>x"),
        ("<p>x</p> and no more", "<p>x</p> and no more"),
        (
            "<html><iframe srcdoc='<html></html>'></iframe>y</html >z",
            "<html><iframe srcdoc='<html></html>'></iframe>y</html >",
        ),
        ("no page at all", "no page at all"),
        ("", ""),
    ],
)
def test_the_page_in_an_answer(text: str, program: str):
    found, offset = HTML.extract(text)
    assert found == program
    assert text[offset : offset + len(found)] == found


def test_a_file_is_decoded_as_a_browser_does():
    assert HTML.decode(b"\xef\xbb\xbf<p>\xc3\xa4") == "<p>ä"
    assert HTML.decode(b"<p>\xe4 \x80\x81") == "<p>ä €\x81"
    assert HTML.decode(b"<meta charset='iso-8859-2'><p>\xb1") == "<meta charset='iso-8859-2'><p>ą"
    assert HTML.decode(b"<p>\xff" + b" " * 1100 + b"<meta charset=utf-8>")[3] == "ÿ"
