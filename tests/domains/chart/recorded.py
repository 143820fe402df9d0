"""Runs programs through the recorder in processes of their own, as the sandbox does."""

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

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Recorded:
    """What one program came to: a payload, or the error as record_programs.py tells it."""

    payload: bytes | None
    error: dict[str, Any] | None


def record_all(sources: Mapping[str, str]) -> dict[str, Recorded]:
    """Run every source in a fork of one preloaded process."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        out.mkdir()
        paths = []
        for name, source in sources.items():
            path = Path(folder, f"{name}.py")
            path.write_text(source, encoding="utf-8", newline="")
            paths.append(str(path))
        run_script("record_programs.py", str(out), *paths)
        return {name: _read(out, name) for name in sources}


def plain_pictures(sources: Mapping[str, str]) -> dict[str, np.ndarray]:
    """uint8[Y, X, 4] that plain matplotlib saves of every source; absent where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder, f"{name}.py") for name in sources}
        for name, path in paths.items():
            path.write_text(sources[name], encoding="utf-8", newline="")
        run_script("plain_draw.py", folder, *map(str, paths.values()))
        made = {name: Path(folder, f"{name}.npy") for name in sources}
        return {name: np.load(path) for name, path in made.items() if path.exists()}


def run_script(script: str, *arguments: str) -> None:
    """Run a script of this folder with this interpreter, our package on its path."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    subprocess.run(
        [sys.executable, str(HERE / script), *arguments], check=True, env=environment, timeout=200
    )


def _read(out: Path, name: str) -> Recorded:
    payload, error = out / f"{name}.vsdl", out / f"{name}.error"
    return Recorded(
        payload.read_bytes() if payload.exists() else None,
        json.loads(error.read_text()) if error.exists() else None,
    )
