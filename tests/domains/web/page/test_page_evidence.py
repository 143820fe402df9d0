# ruff: noqa: E501  (pages are written on a line each)
"""What a person sees of texts, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from situations import SITUATIONS, page_of

from vsdpo_jax.domains.web.page.records import Page, TextRun

SHARED = 6  # situations on one page: as many as fill the window
NAMES = list(SITUATIONS)
GROUPS = {
    name: NAMES[at // SHARED * SHARED : at // SHARED * SHARED + SHARED]
    for at, name in enumerate(NAMES)
}


@pytest.fixture(scope="module")
def run_of(see: Callable[[str], Page]) -> Callable[[str], tuple[Page, TextRun]]:
    @cache
    def looked(group: tuple[str, ...]) -> Page:
        return see(page_of(list(group)))

    def found(name: str) -> tuple[Page, TextRun]:
        group = GROUPS[name]
        page = looked(tuple(group))
        element = next(
            e for e in page.elements if e.attributes.get("id") == f"t{group.index(name)}"
        )
        return page, next(run for run in page.texts if run.element == element.index)

    return found


@pytest.mark.parametrize("name", NAMES)
def test_what_is_seen(name: str, run_of: Any) -> None:
    page, run = run_of(name)
    wanted = SITUATIONS[name]
    assert run.text == wanted.text
    for measure in ("visible", "contrast", "font_px", "inside"):
        low, high = getattr(wanted, measure)
        assert low - 1e-3 <= getattr(run, measure) <= high + 1e-3, (measure, run)
    if wanted.covered_by is not None:
        assert run.covered_by is not None
        assert page.elements[run.covered_by].tag == wanted.covered_by
    if wanted.visible[0] > 0.9:
        assert run.covered_by is None


COLLIDING = {
    "two texts": ("<p class=o>First words here</p><p class=o>Other text there</p>", (0.2, 1.0)),
    "the same text twice": ("<p class=o>First words here</p><p class=o>First words here</p>", (0.95, 1.0)),
    "a text behind a card": ("<p class=o>First words here</p><p class=o style='background:#fff'>Other text</p>", None),
    "an invisible text": ("<p class=o style='color:#fff'>First words here</p><p class=o>Other text</p>", None),
    "boxes that touch": ("<p style='line-height:.95'>First words gg</p><p style='line-height:.95'>Other text</p>", None),
    "lines far too close": ("<p style='line-height:.4;width:90px'>First words here are long</p>", (0.02, 1.0)),
    "lines in one place": ("<p style='line-height:0;width:90px'>First words here are long</p>", (0.2, 1.0)),
    "letters on letters": ("<p style='letter-spacing:-7px'>First words here</p>", (0.5, 1.0)),
    "tight letters": ("<p style='letter-spacing:-1px'>First words here</p>", None),
    "a label on a placeholder": ("<label class=o>Email address</label><input class=o placeholder='Your email'>", None),
    "a label on a clear field": (
        "<input class=o style='background:none' placeholder='Your email'><label class=o style='left:4px'>Email address</label>",
        (0.1, 1.0),
    ),
    "a label on a value": (
        "<input class=o style='background:none' value='Your email'><label class=o style='left:4px'>Email address</label>",
        (0.1, 1.0),
    ),
    "words that go round": ("<p>some <b>bold</b><i>italic</i> words<sup>2</sup></p>", None),
    "in SVG": ("<svg width=300 height=50><text y=30>First words</text><text y=30>Other text</text></svg>", (0.2, 1.0)),
    "different heights": ("<p class=o>First words here</p><p class=o style='top:30px'>Other text there</p>", None),
    "a negative margin": ("<h2>First words here</h2><p style='margin-top:-48px'>Other text there</p>", (0.05, 1.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", COLLIDING)
def test_ink_on_ink_is_an_overlap(name: str, see: Any) -> None:
    html, share = COLLIDING[name]
    style = "body{margin:9px;font:20px/1.3 'Liberation Sans'}p{margin:0}.o{position:absolute;top:0;left:0;font:inherit;border:0;padding:0 4px}"
    page = see(f"<!DOCTYPE html><style>{style}</style>{html}")
    assert [len(page.overlaps) == 0] == [share is None], page.overlaps
    if share is not None:
        (overlap,) = page.overlaps
        assert share[0] <= overlap.share <= share[1]
        assert overlap.shared_px > 0
        x, y, width, height = overlap.region
        for run in (page.texts[overlap.first], page.texts[overlap.second]):
            assert any(
                box[0] - 2 <= x + width
                and x <= box[0] + box[2] + 2
                and box[1] <= y + height
                and y <= box[1] + box[3]
                for box in (line.box for line in run.lines)
            )


def test_a_text_on_paper_keeps_its_colours(see: Any) -> None:
    page = see(
        "<body style='background:#102030'><p style='color:#f0c040;font:16px Liberation Sans'>Some words"
    )
    (run,) = page.texts
    assert run.ink_color == (0xF0, 0xC0, 0x40)
    assert run.ground == (0x10, 0x20, 0x30)
    assert run.contrast == pytest.approx(9.70, abs=0.02)  # by hand: (.5660 + .05) / (.0135 + .05)


@pytest.mark.parametrize(
    ("html", "seen"),
    [
        ("<img id=t src=rick.jpg width=300 height=200>", (0.97, 1)),
        ("<img id=t src=rick.jpg width=300 height=200 style='opacity:0'>", (0, 0)),
        ("<img id=t src=rick.jpg width=300 height=200 style='filter:opacity(0)'>", (0, 0)),
        ("<img id=t src=none.jpg alt=x width=300 height=200>", (0, 0)),
        ("<img id=t src=rick.jpg width=300 height=200 style='object-position:900px'>", (0, 0)),
        ("<img id=t src=rick.jpg width=300 height=200 style='display:none'>", (0, 0)),
        ("<div style='width:150px;overflow:hidden'><img id=t src=rick.jpg width=300 height=200></div>", (0.49, 0.51)),
        ("<img id=t src=rick.jpg width=300 height=200><i style='position:absolute;left:0;top:0;width:400px;height:300px;background:linear-gradient(red,blue);pointer-events:none'></i>", (0, 0.01)),
        ("<img id=t src=rick.jpg width=300 height=200><i style='position:absolute;left:0;top:0;width:158px;height:300px;background:linear-gradient(red,blue)'></i>", (0.4, 0.52)),
        ("<img id=t src=rick.jpg width=300 height=200><a style='position:absolute;left:0;top:0;width:400px;height:300px'></a>", (0.97, 1)),
        ("<svg id=t width=100 height=100><circle cx=50 cy=50 r=40 /></svg>", (0.97, 1)),
        ("<svg id=t width=100 height=100><circle cx=50 cy=50 r=40 fill=#fff /></svg>", (0, 0)),
        ("<input id=t>", (0.97, 1)),
        ("<input id=t type=checkbox>", (0.97, 1)),
        ("<input id=t type=radio>", (0.97, 1)),
        ("<select id=t><option>One</select>", (0.97, 1)),
        ("<textarea id=t></textarea>", (0.97, 1)),
        ("<input id=t style='border:0'>", (0, 0)),
        ("<input id=t style='border:0;background:#eee'>", (0.97, 1)),
        ("<input id=t style='opacity:0'>", (0, 0)),
        ("<input id=t style='appearance:none;border:0' type=checkbox>", (0, 0)),
        ("<input id=t style='opacity:.01'><i style='position:absolute;left:8px;top:8px;width:170px;height:20px;background:#ddd'></i>", (0, 0.01)),
        ("<input id=t><i style='position:absolute;left:0;top:0;width:300px;height:60px;background:#fff'></i>", (0, 0)),
        ("<input id=t><i style='position:absolute;left:8px;top:8px;width:170px;height:20px;border:1px solid;background:#fff'></i>", (0, 0.5)),
    ],
)  # fmt: skip
def test_pictures_and_fields_are_seen_or_not(
    html: str, seen: tuple[float, float], see: Any
) -> None:
    page = see(f"<!DOCTYPE html><body>{html}")
    element = next(e for e in page.elements if e.attributes.get("id") == "t")
    assert element.seen is not None
    assert seen[0] <= element.seen <= seen[1]
