"""The trusted check of a .pptx: every kind of bad file is refused with a reason, good ones pass."""

from __future__ import annotations

import io
import random
import struct
import time
import zlib

import pptx
import pytest
from deck_files import deck_bytes, edited, members, with_parts, zipped
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from vsdpo_jax.domains.slide.child.photo import photo
from vsdpo_jax.domains.slide.deck.archive import Refused, check

SLIDE = "ppt/slides/slide1.xml"
RELS = "ppt/slides/_rels/slide1.xml.rels"
CHART = "ppt/charts/chart1.xml"
PRESENTATION = "ppt/presentation.xml"
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'


def _replaced(old: bytes, new: bytes):
    def change(part: bytes) -> bytes:
        assert old in part
        return part.replace(old, new)

    return change


def _shapes(count: int):
    def change(deck):
        shape = deck.slides[0].shapes[0]._element
        for _ in range(count - 1):
            shape.getparent().append(pptx.oxml.parse_xml(pptx.oxml.xmlchemy.etree.tostring(shape)))

    return change


def _slides(count: int):
    def change(deck):
        for _ in range(count - 1):
            deck.slides.add_slide(deck.slide_layouts[6])

    return change


def _text(count: int, slides: int = 1):
    def change(deck):
        for number in range(slides):
            slide = deck.slides[0] if not number else deck.slides.add_slide(deck.slide_layouts[5])
            slide.shapes.title.text = "x" * count

    return change


def _table(rows: int, columns: int):
    return lambda deck: deck.slides[0].shapes.add_table(rows, columns, 0, 0, 9000, 9000)


def _chart(points: int):
    def change(deck):
        data = CategoryChartData()
        data.categories = [str(i) for i in range(points)]
        data.add_series("s", range(points))
        size = Inches(1)
        deck.slides[0].shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, size, size, data)

    return change


def _png(width: int, height: int) -> bytes:
    """A picture of any size in a few bytes: only its header is true."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"0"))


def _external(kind: str, target: str) -> bytes:
    relation = (
        f'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        f'relationships/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    )
    return edited(RELS, _replaced(b"</Relationships>", relation.encode()))


def _overlapping() -> bytes:
    """A zip whose directory names one entry of 100 KB again and again."""
    data = zipped({"a": random.Random(0).randbytes(100_000)})
    end = data.rindex(b"PK\x05\x06")
    start = struct.unpack_from("<I", data, end + 16)[0]
    entry = data[start:end]
    name = entry.index(b"a", 46)
    copies = [entry[:name] + bytes([98 + i]) + entry[name + 1 :] for i in range(9)]
    entries = entry + b"".join(copies)
    tail = bytearray(data[end:])
    struct.pack_into("<HHII", tail, 8, 10, 10, len(entries), start)
    return data[:start] + entries + bytes(tail)


DOCTYPE = b'<!DOCTYPE p:sld [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
NESTED = zipped({"inner.zip": zipped({"deep.zip": zipped({"a": b"1"})})})
BOMB = zipped({"zeros": b"\0" * (40 << 20)}, level=9)

# Name -> (file, limit or None for program_error, words of the reason).
BAD = {
    "empty": (b"", None, "is empty"),
    "text": (b"Dear all, this is no deck", None, "no zip archive"),
    "html": (b"<html></html>", None, "no zip archive"),
    "random": (random.Random(0).randbytes(5000), None, "no zip archive"),
    "old_ppt": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000), None, "old .ppt"),
    "only_the_start": (b"PK\x03\x04", None, "damaged"),
    "truncated": (deck_bytes()[:-200], None, "damaged"),
    "half": (deck_bytes()[:15_000], None, "damaged"),
    "overlapping": (_overlapping(), None, "damaged|cannot be unpacked"),
    "no_content_types": (
        zipped({n: p for n, p in members(deck_bytes()).items() if n != "[Content_Types].xml"}),
        None,
        "Content_Types",
    ),
    "other_zip": (zipped({"a.txt": b"hello"}), None, "no .pptx"),
    "no_presentation": (
        zipped({n: p for n, p in members(deck_bytes()).items() if n != PRESENTATION}),
        None,
        "no presentation",
    ),
    "a_slide_is_missing": (
        zipped({n: p for n, p in members(deck_bytes()).items() if n != SLIDE}),
        None,
        "slide 1 is missing",
    ),
    "no_slide": (edited(PRESENTATION, _replaced(b"<p:sldId ", b"<p:sldX ")), None, "no slide"),
    "two_slides_one_part": (
        edited(PRESENTATION, lambda part: part.replace(
            b"<p:sldIdLst>", b'<p:sldIdLst><p:sldId id="999" r:id="rId7"/>')),
        None,
        "one part for two slides",
    ),
    "duplicate_names": (
        zipped([*members(deck_bytes()).items(), (SLIDE, b"<x/>")]), None, "two parts with the name"
    ),
    "duplicate_names_by_case": (
        with_parts({SLIDE.upper(): b"<x/>"}), None, "two parts with the name"
    ),
    "path_upwards": (with_parts({"ppt/../../etc/passwd": b""}), None, "no place in it"),
    "path_absolute": (with_parts({"/etc/passwd": b""}), None, "no place in it"),
    "path_of_windows": (with_parts({"C:\\a": b""}), None, "no place in it"),
    "many_parts": (
        with_parts({f"junk/{i}": b"" for i in range(3001)}), "payload", "more than 3,000 parts"
    ),
    "bomb": (with_parts({"ppt/media/a.bin": b"\0" * (30 << 20)}), "payload", "zip bomb"),
    "bomb_in_xml": (
        edited(SLIDE, _replaced(b"</p:cSld>", b" " * (30 << 20) + b"</p:cSld>")),
        "payload",
        "zip bomb",
    ),
    "bomb_in_an_archive": (with_parts({"ppt/embeddings/a.xlsx": BOMB}), "payload", "zip bomb"),
    "nested": (with_parts({"ppt/embeddings/a.zip": NESTED}), "payload", "another archive"),
    "much_xml": (
        with_parts({f"a{i}.xml": b"<a>" + random.Random(i).randbytes(3 << 20).hex().encode()
                    + b"</a>" for i in range(5)}),
        "payload",
        "bytes of XML",
    ),
    "doctype": (edited(SLIDE, _replaced(b"<p:sld ", DOCTYPE + b"<p:sld ")), None, "DOCTYPE"),
    "entity_file": (
        edited(SLIDE, _replaced(
            b"<p:sld ", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><p:sld ')),
        None,
        "DOCTYPE",
    ),
    "undefined_entity": (edited(SLIDE, _replaced(b"A title", b"A &title;")), None, "well-formed"),
    "doctype_in_utf_16": (
        edited(SLIDE, lambda part: "<!DOCTYPE a><a/>".encode("utf-16")), None, "DOCTYPE"
    ),
    "svg_with_doctype": (
        with_parts({"ppt/media/a.svg": b"<!DOCTYPE svg><svg/>"}), None, "DOCTYPE"
    ),
    "broken_xml": (edited(SLIDE, _replaced(b"</p:cSld>", b"</p:cSl>")), None, "well-formed"),
    "empty_xml": (edited(SLIDE, lambda part: b""), None, "slide 1 is missing"),
    "other_root": (edited(SLIDE, lambda part: HEAD + b"<a/>"), None, "slide 1 is missing"),
    "unknown_encoding": (
        edited(SLIDE, _replaced(b"UTF-8", b"klingon")), None, "well-formed|cannot be read"
    ),
    "deep": (
        edited(SLIDE, _replaced(b"</p:cSld>", b"<a>" * 500 + b"</a>" * 500 + b"</p:cSld>")),
        "elements",
        "deep",
    ),
    "many_elements": (
        edited(SLIDE, _replaced(b"</p:cSld>", b"".join(
            b"<a%d/>" % i for i in range(301_000)) + b"</p:cSld>")),
        "elements",
        "XML elements",
    ),
    "300_slides": (deck_bytes(_slides(300)), "elements", "300 slides"),
    "3000_shapes": (deck_bytes(_shapes(3000)), "elements", "slide 1 has 3,000 shapes"),
    "200000_words": (deck_bytes(_text(1_000_000)), "elements", "1,000,000 characters"),
    "much_text_in_all": (deck_bytes(_text(19_000, 4)), "elements", "the deck has 76,000"),
    "huge_table": (deck_bytes(_table(100, 50)), "elements", "5,000 cells"),
    "huge_chart": (
        edited(CHART, _replaced(b"</c:numCache>", b"<c:pt/>" * 20_001 + b"</c:numCache>"),
               deck_bytes(_chart(3))),
        "elements",
        "points of charts",
    ),
    "zero_size": (
        edited(PRESENTATION, _replaced(b'cx="12191695"', b'cx="0"')), None, "sides must be"
    ),
    "no_size": (edited(PRESENTATION, _replaced(b"<p:sldSz ", b"<p:sldSX ")), None, "sides must be"),
    "negative_size": (
        edited(PRESENTATION, _replaced(b'cy="6858000"', b'cy="-6858000"')), None, "sides must be"
    ),
    "size_is_no_number": (
        edited(PRESENTATION, _replaced(b'cy="6858000"', b'cy="tall"')), None, "no whole number"
    ),
    "tower": (
        edited(PRESENTATION, _replaced(b'cx="12191695" cy="6858000"',
                                       b'cx="914400" cy="51206400"')),
        "canvas",
        "as high as wide",
    ),
    "astronomic": (
        edited(SLIDE, _replaced(
            b"<p:spPr/>", b'<p:spPr><a:off x="' + b"9" * 30 + b'" y="0"/></p:spPr>')),
        None,
        "outside of what the format has",
    ),
    "huge_picture": (with_parts({"ppt/media/a.png": _png(60_000, 60_000)}), "canvas", "pixels"),
    "large_pictures": (
        with_parts({f"ppt/media/{i}.png": _png(6_000, 6_000 + i) for i in range(4)}),
        "canvas",
        "pictures of the deck",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_a_reason(name):
    data, limit, words = BAD[name]
    start = time.process_time()
    with pytest.raises(Refused, match=words) as refused:
        check(data)
    assert time.process_time() - start < 3
    assert refused.value.limit == limit
    assert refused.value.status == ("program_error" if limit is None else "limit")
    assert len(str(refused.value)) < 400


def _rich(deck):
    _chart(5)(deck)
    _table(4, 4)(deck)
    deck.slides[0].shapes.add_picture(io.BytesIO(photo()), 0, 0)
    deck.slides.add_slide(deck.slide_layouts[0])


GOOD = {
    "plain": deck_bytes(),
    "rich": deck_bytes(_rich),
    "100_slides": deck_bytes(_slides(100)),
    "500_shapes": deck_bytes(_shapes(500)),
    "20000_characters": deck_bytes(_text(20_000)),
    "broken_picture": with_parts({"ppt/media/a.png": b"no picture"}),
    "folder_entries": with_parts({"ppt/empty/": b""}),
    "small_stored_zip": with_parts({"ppt/embeddings/a.zip": zipped({"a": b"1"})}),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_passes_as_it_is(name):
    checked = check(GOOD[name])
    assert checked.pptx == GOOD[name]
    assert checked.num_slides == len(pptx.Presentation(io.BytesIO(GOOD[name])).slides)
    assert checked.external == 0


def test_hyperlinks_may_lead_outside():
    data = _external("hyperlink", "https://example.org/?a=1&amp;b=2")
    assert check(data).pptx == data


@pytest.mark.parametrize("kind", ["image", "oleObject", "video", "attachedTemplate", "slide"])
def test_what_would_be_fetched_is_counted_and_blanked(kind):
    checked = check(_external(kind, "http://127.0.0.1:9/a?b&amp;c"))
    assert checked.external == 1
    parts = members(checked.pptx)
    assert b"127.0.0.1" not in parts[RELS]
    assert b"about:blank" in parts[RELS]
    before = members(deck_bytes())
    assert {n: p for n, p in parts.items() if n != RELS} == {
        n: p for n, p in before.items() if n != RELS
    }
    again = check(checked.pptx)
    assert again.num_slides == 1
    pptx.Presentation(io.BytesIO(checked.pptx))


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://a/b", "//host/share", "\\\\h\\s"])
def test_a_target_outside_counts_whatever_its_mode_says(target):
    relation = (
        '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        f'relationships/image" Target="{target}"/></Relationships>'
    )
    checked = check(edited(RELS, _replaced(b"</Relationships>", relation.encode())))
    assert checked.external == 1
    assert target.encode() not in members(checked.pptx)[RELS]


def test_bytes_turned_at_random_are_refused_or_pass_and_nothing_else():
    data, rng = bytearray(deck_bytes(_rich)), random.Random(0)
    refused = 0
    for _ in range(150):
        changed = bytearray(data)
        for _ in range(rng.choice((1, 5, 50))):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        try:
            check(bytes(changed))
        except Refused:
            refused += 1
    assert refused > 50
