"""Programs of the lab in this process: they are ours."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image


def run_program(source: str, folder: Path) -> Path:
    """The deck that a program saves in a folder that holds the photo."""
    Image.new("RGB", (800, 600), "teal").save(folder / "photo.jpg")
    before = Path.cwd()
    os.chdir(folder)
    try:
        exec(compile(source, "<student>", "exec"), {"__name__": "__main__"})
    finally:
        os.chdir(before)
    return folder / "deck.pptx"
