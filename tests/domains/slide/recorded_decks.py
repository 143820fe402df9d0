"""Runs python-pptx programs through the recorder in processes of their own, as the sandbox does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsdpo_jax.domains.slide.deck.notes import Call, Notes
from vsdpo_jax.domains.slide.deck.wire import unpack

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).resolve().parent / "record_decks.py"


@dataclass(frozen=True)
class Recorded:
    """What one program came to: a payload, or the error as record_decks.py tells it."""

    source: str
    payload: bytes | None
    error: dict[str, Any] | None
    output: str

    @property
    def pptx(self) -> bytes:
        assert self.payload is not None, self.error
        return unpack(self.payload)[1]

    @property
    def notes(self) -> Notes:
        assert self.payload is not None, self.error
        return unpack(self.payload)[0]

    def texts(self, slide: int, shape_id: int, earlier: int = 0) -> list[tuple[str, str]]:
        """(what, program text) of the calls on a shape."""
        calls = self.notes.shapes[slide, shape_id + (earlier << 32)]
        return [(call.what, self.text(call)) for call in calls]

    def text(self, call: Call) -> str:
        """The program text of a call."""
        return self.source[slice(*call.span)]


def record_decks(sources: Mapping[str, str]) -> dict[str, Recorded]:
    """Run every source in a fork of one preloaded process."""
    with tempfile.TemporaryDirectory() as folder:
        out = _run("hooked", folder, sources)
        return {name: _read(out, name, source) for name, source in sources.items()}


def plain_decks(sources: Mapping[str, str]) -> dict[str, bytes]:
    """deck.pptx as every source saves it without hooks; absent where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        out = _run("plain", folder, sources)
        paths = {name: out / f"{name}.payload" for name in sources}
        return {name: path.read_bytes() for name, path in paths.items() if path.exists()}


def _run(how: str, folder: str, sources: Mapping[str, str]) -> Path:
    out = Path(folder, "out")
    out.mkdir()
    paths = []
    for name, source in sources.items():
        path = Path(folder, f"{name}.py")
        path.write_text(source, encoding="utf-8", newline="")
        paths.append(str(path))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(SCRIPT), how, str(out), *paths]
    subprocess.run(command, check=True, env=environment, timeout=200)
    return out


def _read(out: Path, name: str, source: str) -> Recorded:
    payload, error = out / f"{name}.payload", out / f"{name}.error"
    return Recorded(
        source,
        payload.read_bytes() if payload.exists() else None,
        json.loads(error.read_text()) if error.exists() else None,
        (out / f"{name}.out").read_text(),
    )
