"""The recorder: what it hands over, errors with the program's lines, every way to end."""

from __future__ import annotations

import io

import pptx
import pytest
from recorded_decks import Recorded, record_decks

HEAD = """from pptx import Presentation
from pptx.util import Inches, Pt
prs = Presentation()
def page(text, layout=5):
    slide = prs.slides.add_slide(prs.slide_layouts[layout])
    slide.shapes.title.text = text
    return slide
"""
ONE = HEAD + "page('one')\n"

# Program -> titles of the slides of the artifact; None: it has none.
ENDINGS: dict[str, tuple[str, list[str] | None]] = {
    "saved": (ONE + "prs.save('deck.pptx')\n", ["one"]),
    "saved_elsewhere": (ONE + "prs.save('/mnt/data/a.pptx')\n", ["one"]),
    "saved_in_a_new_folder": (
        ONE + "import os\nos.makedirs('a/b')\nprs.save('a/b/c.pptx')\n"
        "assert os.path.getsize('a/b/c.pptx') > 9000\n",
        ["one"],
    ),
    "pathlib": (
        ONE + "from pathlib import Path\nprs.save(Path('x.pptx'))\n"
        "assert Path('x.pptx').read_bytes()[:2] == b'PK'\n",
        ["one"],
    ),
    "stream": (
        ONE + "import io\nfile = io.BytesIO()\nprs.save(file)\n"
        "assert len(Presentation(file).slides) == 1\n",
        ["one"],
    ),
    "open_file": (
        ONE + "with open('d.pptx', 'wb') as file:\n    prs.save(file)\n"
        "assert len(Presentation('d.pptx').slides) == 1\n",
        ["one"],
    ),
    "stream_then_file": (
        ONE + "import io\nfile = io.BytesIO()\nprs.save(file)\n"
        "open('deck.pptx', 'wb').write(file.getvalue())\n",
        ["one"],
    ),
    "saved_twice": (
        ONE + "prs.save('a.pptx')\npage('two')\nprs.save('b.pptx')\n",
        ["one", "two"],
    ),
    "saved_then_changed": (ONE + "prs.save('a.pptx')\npage('two')\n", ["one"]),
    "never_saved": (ONE, ["one"]),
    "never_saved_in_a_function": (
        HEAD.replace("prs = Presentation()\n", "") + "def build():\n    global prs\n"
        "    prs = Presentation()\n    page('one')\n    del prs\nbuild()\n",
        ["one"],
    ),
    "several_saved": (
        ONE + "old = prs\nprs = Presentation()\npage('other')\nprs.save('b.pptx')\n"
        "old.save('a.pptx')\n",
        ["one"],
    ),
    "several_never_saved": (ONE + "prs = Presentation()\npage('other')\n", ["other"]),
    "the_template_again": (
        HEAD + "import io, zipfile\nfiles = io.BytesIO(), io.BytesIO()\n"
        "prs.save(files[0])\nPresentation().save(files[1])\n"
        "first, second = (zipfile.ZipFile(file) for file in files)\n"
        "parts = [(name, first.read(name)) for name in first.namelist()]\n"
        "assert parts == [(name, second.read(name)) for name in second.namelist()]\n"
        "page('one')\nprs.save('a.pptx')\n",
        ["one"],
    ),
    "the_last_has_no_slide": (ONE + "empty = Presentation()\n", ["one"]),
    "one_saved_one_not": (
        ONE + "prs.save('a.pptx')\nprs = Presentation()\npage('other')\n",
        ["one"],
    ),
    "reopened": (
        ONE + "prs.save('a.pptx')\nprs = Presentation('a.pptx')\npage('two')\nprs.save('a.pptx')\n",
        ["one", "two"],
    ),
    "zip_rewritten": (
        ONE + "prs.save('a.pptx')\nimport zipfile\n"
        "with zipfile.ZipFile('a.pptx') as old, zipfile.ZipFile('b.pptx', 'w') as new:\n"
        "    for name in old.namelist():\n"
        "        new.writestr(name, old.read(name).replace(b'>one<', b'>uno<'))\n",
        ["uno"],
    ),
    "earlier_file_copied": (
        ONE + "prs.save('a.pptx')\npage('two')\nprs.save('b.pptx')\n"
        "import shutil\nshutil.copy('b.pptx', 'c.pptx')\n",
        ["one", "two"],
    ),
    "folder_left": (
        ONE + "import os\nos.mkdir('x')\nos.chdir('x')\nprs.save('a.pptx')\n",
        ["one"],
    ),
    "exit_success": (ONE + "prs.save('a.pptx')\nraise SystemExit(0)\n", ["one"]),
    "main_guard": (
        "from pptx import Presentation\ndef main():\n    prs = Presentation()\n"
        "    prs.slides.add_slide(prs.slide_layouts[0]).shapes.title.text = 'one'\n"
        "    prs.save('deck.pptx')\nif __name__ == '__main__':\n    main()\n",
        ["one"],
    ),
    "no_slide": (HEAD, None),
    "nothing": ("print('hello')\n", None),
    "no_python_pptx": ("import math\n", None),
}
FAILURES = {
    "raises": (ONE + "def broken():\n    return 1 / 0\nbroken()\n", "ZeroDivisionError", [11, 10]),
    "raises_after_saving": (ONE + "prs.save('a.pptx')\nraise ValueError\n", "ValueError", [10]),
    "wrong_argument": (ONE + "prs.slides[0].shapes.add_table(1)\n", "TypeError", [9]),
    "wrong_type": (ONE + "prs.slides[0].shapes.title.left = 'x'\n", "TypeError", [9]),
    "syntax": ("from pptx import\n", "SyntaxError", []),
    "exit_failure": (ONE + "raise SystemExit('no')\n", "SystemExit", [9]),
    "no_such_picture": (
        ONE + "prs.slides[0].shapes.add_picture('http://x.y/a.png', 0, 0)\n",
        "FileNotFoundError",
        [9],
    ),
    "saves_into_nothing": (ONE + "prs.save(None)\n", "TypeError", [9]),
    "saves_into_a_closed_file": (
        ONE + "import io\nfile = io.BytesIO()\nfile.close()\nprs.save(file)\n",
        "ValueError",
        [12],
    ),
    "saves_into_text": (ONE + "import io\nprs.save(io.StringIO())\n", "TypeError", [10]),
}


@pytest.fixture(scope="module")
def runs() -> dict[str, Recorded]:
    sources = {name: source for name, (source, _) in ENDINGS.items()}
    sources |= {name: source for name, (source, *_) in FAILURES.items()}
    return record_decks(sources | OTHERS)


OTHERS = {
    "photo": ONE + "from PIL import Image\nassert Image.open('photo.jpg').size == (800, 600)\n"
    "prs.slides[0].shapes.add_picture('photo.jpg', 0, 0)\nprs.save('a.pptx')\n",
    "missing_folder": ONE + "prs.save('/mnt/data/a.pptx')\n",
}


@pytest.mark.parametrize("name", ENDINGS)
def test_the_artifact_is_what_was_saved_last(name, runs):
    titles = ENDINGS[name][1]
    if titles is None:
        assert runs[name].payload is None
        assert runs[name].error["type"] == "NoArtifact"
        return
    deck = pptx.Presentation(io.BytesIO(runs[name].pptx))
    assert [slide.shapes.title.text for slide in deck.slides] == titles


@pytest.mark.parametrize("name", FAILURES)
def test_errors_keep_the_lines_of_the_program(name, runs):
    _, kind, lines = FAILURES[name]
    error = runs[name].error
    assert error is not None
    assert (error["type"], error["lines"]) == (kind, lines)


def test_a_picture_lies_in_the_working_folder(runs):
    assert runs["photo"].texts(0, 3) == [
        ("made", "prs.slides[0].shapes.add_picture('photo.jpg', 0, 0)")
    ]


def test_a_missing_folder_is_said(runs):
    assert "/mnt/data/a.pptx is not written: No such file" in runs["missing_folder"].output
