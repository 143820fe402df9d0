"""Runs a python-pptx program and returns the deck that it made, with notes. For the locked child.

``preload`` imports and warms python-pptx in the fork server; ``run`` executes one program.
saving.py says which deck is the artifact; follow.py how changes are attributed to calls.

Everything here shares its process with the program, which can change it at will: the notes are a
claim about places in the program's own text, and what is judged is the file, which the trusted side
reads and renders.

Standard library, python-pptx, lxml and Pillow only: this runs under the interpreter of the
programs.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import io
import linecache
import os
import random
import re
import sys
import types
from typing import Any

import pptx
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.util import Inches, Pt

from vsdpo_jax.domains.slide.child import follow, photo, saving
from vsdpo_jax.domains.slide.child.spans import STUDENT_FILE
from vsdpo_jax.domains.slide.deck import wire

__all__ = ["NoArtifact", "preload", "run"]

SEED = 0


class NoArtifact(Exception):
    """The program ran and made no slide."""


def preload() -> None:
    """Import and warm python-pptx, and hook it. Once a process."""
    gc.set_threshold(50_000, 20, 20)
    follow.install()
    saving.install()
    _warm_up()
    saving.read_template()


def run(source: str) -> bytes:
    """Execute ``source`` as a main program and return its deck (deck/wire.py).

    Raises:
      NoArtifact: it made no slide.
      Exception: whatever the program raised; SystemExit unless it means success.
    """
    lines = [line + "\n" for line in re.split(r"\r\n|\r|\n", source)]
    linecache.cache[STUDENT_FILE] = (len(source), None, lines, STUDENT_FILE)
    code = compile(source, STUDENT_FILE, "exec", dont_inherit=True)
    random.seed(SEED)
    with open(photo.NAME, "wb") as file:
        file.write(photo.photo())
    saving.SAVES.begin(source, os.getcwd())
    try:
        exec(code, _main_namespace())
    except SystemExit as stop:
        if stop.code not in (None, 0):
            raise
    found = saving.SAVES.artifact()
    if found is None:
        raise NoArtifact("the program ended without a slide: no presentation with one was saved")
    return wire.pack(found.notes, found.pptx)


def _main_namespace() -> dict[str, Any]:
    """The namespace of a fresh main module, which also takes the place of the running one."""
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=STUDENT_FILE, __builtins__=builtins)
    sys.modules["__main__"] = module
    sys.argv[:] = [STUDENT_FILE]
    return module.__dict__


def _warm_up() -> None:
    """Make one of everything, so that lazy imports and caches are ready before the first fork."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    shapes: Any = slide.shapes
    shapes.title.text = "Warm up: ünïcode"
    box = shapes.add_textbox(Inches(1), Inches(1), Inches(3), Inches(1))
    box.text_frame.paragraphs[0].font.size = Pt(12)
    shapes.add_shape(MSO_SHAPE.OVAL, 0, 0, Inches(1), Inches(1)).fill.solid()
    shapes.add_connector(MSO_CONNECTOR.STRAIGHT, 0, 0, Inches(1), Inches(1))
    shapes.add_table(2, 2, 0, 0, Inches(4), Inches(1)).table.cell(0, 0).text = "cell"
    shapes.add_picture(io.BytesIO(photo.photo()), 0, 0)
    data = CategoryChartData()
    data.categories = ["a", "b"]
    data.add_series("s", (1, 2))
    shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(4), Inches(3), data)
    with contextlib.closing(io.BytesIO()) as buffer:
        deck.save(buffer)
    saving.SAVES.begin("", "")
