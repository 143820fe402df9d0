"""From programs to decks through sandbox, checks and painter: bad ones cost a status, no more."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from deck_files import deck_bytes, edited, zipped

from vsdpo_jax.domains.slide.deck.codec import decode
from vsdpo_jax.domains.slide.render.renderer import SlideRenderer
from vsdpo_jax.sandbox import Limits

pytestmark = pytest.mark.slow

OPTIONS = {"renderer": "fast", "max_slides": 4}
LIMITS = Limits(cpu_s=10, wall_s=120.0)
HEAD = """import copy, io, zipfile
from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt
prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[5])
shapes = slide.shapes
shapes.title.text = 'A title'
"""
SAVE = "prs.save('deck.pptx')\n"
BOX = "box = shapes.add_textbox(Inches(1), Inches(2), Inches(4), Inches(1))\n"
GOOD = HEAD + BOX + "box.text_frame.text = 'Good'\n" + SAVE
REWRITE = (
    SAVE + "with zipfile.ZipFile('deck.pptx') as old:\n"
    "    parts = {n: old.read(n) for n in old.namelist()}\n{change}"
    "with zipfile.ZipFile('out.pptx', 'w', zipfile.ZIP_DEFLATED) as new:\n"
    "    for name, part in parts.items():\n        new.writestr(name, part)\n"
)
PAYLOAD = "from vsdpo_jax.domains.slide.deck import wire\n"


def _rewritten(change: str) -> str:
    return HEAD + REWRITE.replace("{change}", change)


# Name -> (program, status, limit, words of the error).
BAD: dict[str, tuple[str, str, str | None, str]] = {
    "never_made": ("print(1)\n", "no_artifact", None, "without a slide"),
    "no_slide": (
        "from pptx import Presentation\nPresentation().save('deck.pptx')\n",
        "program_error",
        None,
        "no slide",
    ),
    "300_slides": (
        HEAD + "for _ in range(299):\n    prs.slides.add_slide(prs.slide_layouts[6])\n" + SAVE,
        "limit",
        "elements",
        "300 slides, at most 100 are read (<student>, line 12)",
    ),
    "3000_shapes": (
        HEAD + BOX + "for _ in range(3000):\n"
        "    shapes._spTree.append(copy.deepcopy(box._element))\n" + SAVE,
        "limit",
        "elements",
        "put less on it (<student>, line 13)",
    ),
    "200000_words": (
        HEAD + BOX + "box.text_frame.text = 'word ' * 200_000\n" + SAVE,
        "limit",
        "elements",
        "characters of text",
    ),
    "zip_bomb": (
        _rewritten("parts['ppt/media/a.bin'] = bytes(30 << 20)\n"), "limit", "payload", "zip bomb"
    ),
    "nested_zips": (
        _rewritten(
            "data = b'x'\nfor _ in range(3):\n    file = io.BytesIO()\n"
            "    with zipfile.ZipFile(file, 'w') as inner:\n        inner.writestr('a', data)\n"
            "    data = file.getvalue()\nparts['ppt/embeddings/a.zip'] = data\n"
        ),
        "limit",
        "payload",
        "another archive",
    ),
    "entities": (
        _rewritten(
            "name = 'ppt/slides/slide1.xml'\nparts[name] = parts[name].replace(b'<p:sld ', "
            "b'<!DOCTYPE p:sld [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><p:sld ')"
            ".replace(b'A title', b'&a;')\n"
        ),
        "program_error",
        None,
        "DOCTYPE",
    ),
    "broken_part": (
        _rewritten("parts['ppt/slides/slide1.xml'] = parts['ppt/slides/slide1.xml'][:-9]\n"),
        "program_error",
        None,
        "not well-formed",
    ),
    "no_deck_at_all": (
        "open('deck.pptx', 'w').write('Dear all')\n", "program_error", None, "no zip archive"
    ),
    "picture_by_url": (
        HEAD + "shapes.add_picture('https://example.org/a.png', 0, 0)\n" + SAVE,
        "program_error",
        None,
        "FileNotFoundError",
    ),
    "picture_by_path": (
        HEAD + "shapes.add_picture('/etc/passwd', 0, 0)\n" + SAVE,
        "program_error",
        None,
        "PermissionError",
    ),
    "huge_picture": (
        HEAD + "from PIL import Image\nImage.new('1', (9000, 9000)).save('a.png')\n"
        "shapes.add_picture('a.png', 0, 0, Inches(1))\n" + SAVE,
        "limit",
        "canvas",
        "pixels",
    ),
    "zero_size_slide": (
        HEAD + "prs._element.find(qn('p:sldSz')).set('cx', '0')\n" + SAVE,
        "program_error",
        None,
        "sides must be",
    ),
    "astronomic_beneath": (
        HEAD + BOX + "box._element.spPr.find(qn('a:xfrm'))[0].set('x', '9' * 30)\n" + SAVE,
        "program_error",
        None,
        "outside of what the format has",
    ),
    "forged_payload": (
        HEAD + PAYLOAD + "wire.pack = lambda *args: b'junk'\n" + SAVE, "tamper", None, "payload"
    ),
    "forged_notes": (
        HEAD + PAYLOAD + "wire.to_rows = lambda notes: {'shapes': [[0, 1, [[99]]]]}\n" + SAVE,
        "tamper",
        None,
        "notes",
    ),
    "payload_written": (
        HEAD + "import os\nos.write(3, b'VSLD' * 9)\nos._exit(0)\n", "tamper", None, ""
    ),
    "endless": (HEAD + "while True:\n    pass\n", "limit", "cpu", "cpu"),
}  # fmt: skip

# These have a picture; what is wrong with it is for the judge.
FINE = {
    "never_saved": HEAD + BOX,
    "to_a_stream": HEAD + "prs.save(io.BytesIO())\n",
    "elsewhere": HEAD + "prs.save('/mnt/data/deck.pptx')\n",
    "negative": HEAD + BOX + "box.left = box.top = -Inches(90)\n" + SAVE,
    "astronomic": HEAD + BOX + "box.left, box.width = Emu(27_000_000_000_000), 2_000_000_000\n"
    "box.text_frame.text = 'far'\n" + SAVE,
    "nothing_wide": HEAD + BOX + "box.width = box.height = 0\nbox.text_frame.text = 'a'\n" + SAVE,
    "unknown_font": HEAD + BOX + "box.text_frame.text = 'a'\n"
    "box.text_frame.paragraphs[0].runs[0].font.name = 'No Such Font'\n" + SAVE,
    "odd_xml": HEAD + BOX + "from lxml import etree\netree.SubElement(shapes._spTree, 'junk')\n"
    "etree.SubElement(box._element.spPr, qn('a:nonsense')).set('x', 'y')\n" + SAVE,
    "hooks_replaced": HEAD + "from vsdpo_jax.domains.slide.child import follow, saving\n"
    "follow.FOLLOWER.note = None\nfollow.FOLLOWER.changes.clear()\n"
    "follow.FOLLOWER.note = lambda *a, **k: None\n" + BOX + SAVE,
    "false_notes": HEAD + PAYLOAD + "from vsdpo_jax.domains.slide.deck.notes import Call, Notes\n"
    "pack = wire.pack\nlie = Call(what='made', span=(10**6, 10**7))\n"
    "wire.pack = lambda notes, data: pack(Notes(shapes={(0, 2): (lie,), (9, 9): (lie,)}), data)\n"
    + SAVE,
    "gif_and_text": HEAD + "from PIL import Image\nImage.new('P', (9, 9)).save('a.gif')\n"
    "shapes.add_picture('a.gif', 0, 0)\n" + SAVE,
}  # fmt: skip


@pytest.fixture(scope="module")
def renderer():
    with SlideRenderer(LIMITS, OPTIONS) as opened:
        yield opened


def _is_healthy(renderer: SlideRenderer) -> bool:
    artifact = renderer.run(GOOD)
    assert artifact.status == "ok", artifact.error
    deck = decode(artifact.payload)
    return [text.text for text in deck.slides[0].texts] == ["A title", "Good"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_program_costs_a_status(name, renderer):
    source, status, limit, words = BAD[name]
    artifact = renderer.run(source)
    assert (artifact.status, artifact.limit) == (status, limit), artifact.error
    assert words in artifact.error
    assert artifact.payload == b""


@pytest.mark.parametrize("name", FINE)
def test_an_odd_program_has_a_picture(name, renderer):
    artifact = renderer.run(FINE[name])
    assert artifact.status == "ok", artifact.error
    deck = decode(artifact.payload)
    assert deck.num_slides == 1
    assert "A title" in [text.text for text in deck.slides[0].texts]


def test_the_renderer_is_healthy_afterwards(renderer):
    assert _is_healthy(renderer)


def test_nothing_is_fetched(renderer):
    """A linked picture would be asked of this server."""
    asked: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    connection, place = server.accept()
                except TimeoutError:
                    continue
                asked.append(place)
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/a.png"
        source = (
            HEAD + f"rid = slide.part.relate_to('{url}', RT.IMAGE, is_external=True)\n"
            "pic = shapes.add_picture('photo.jpg', 0, 0)\n"
            "blip = pic._element.find('.//' + qn('a:blip'))\n"
            "del blip.attrib[qn('r:embed')]\nblip.set(qn('r:link'), rid)\n" + SAVE
        )
        artifact = renderer.run(source)
        time.sleep(0.3)
        over.set()
        thread.join()
    assert artifact.status == "ok", artifact.error
    assert asked == []
    picture = decode(artifact.payload).slides[0].shapes[-1].picture
    assert picture is None or not picture.loaded


def test_a_finished_file_has_shapes_and_no_notes(renderer):
    artifact = renderer.open(deck_bytes())
    assert artifact.status == "ok", artifact.error
    deck = decode(artifact.payload)
    assert [text.text for text in deck.slides[0].texts] == ["A title"]
    assert not deck.notes.shapes


@pytest.mark.parametrize(
    "data",
    [b"", b"junk", zipped({"a": b"b"}), edited("ppt/slides/slide1.xml", lambda part: part[:-9])],
)
def test_a_bad_file_costs_a_status(data, renderer):
    artifact = renderer.open(data)
    assert (artifact.status, artifact.limit) == ("program_error", None)
    assert artifact.error


def test_notes_reach_the_deck(renderer):
    deck = decode(renderer.run(GOOD).payload)
    made = {key: call.span for key, (call, *_) in deck.notes.shapes.items()}
    assert GOOD[slice(*made[0, 3])].startswith("shapes.add_textbox(")
    assert {shape.shape_id for shape in deck.slides[0].shapes} == {2, 3}


def test_an_unknown_renderer_is_refused():
    with pytest.raises(ValueError, match="use 'fast' or 'office'"):
        SlideRenderer(LIMITS, {**OPTIONS, "renderer": "quick"})
