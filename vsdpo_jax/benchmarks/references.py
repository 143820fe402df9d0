"""Readings of references on the disk: what a benchmark compares with is drawn once on a machine,
not for every model that is scored.

A reading is used again where nothing that it depends on has changed: the reference, the room and
its options, our own modules, the interpreter with its packages, fonts, and what the benchmark names
besides (its browser). Readings of references that failed are not kept.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from vsdpo_jax.benchmarks.base import Benchmark, Outcome, Request
from vsdpo_jax.runtime.files import digest_of_modules, write_shared

VARIABLE = "VSDPO_CACHE"
"""Environment variable that names the folder of what can be made again."""
_FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
_PACKAGES = (
    "import importlib.metadata, json, sys; "
    "found = {f'{d.name}=={d.version}' for d in importlib.metadata.distributions()}; "
    "print(json.dumps([sys.version, sorted(found)]))"
)


def default_folder() -> Path:
    """Where readings are kept unless a command is told otherwise."""
    base = os.environ.get(VARIABLE) or "~/.cache/vsdpo_jax"
    return Path(base).expanduser() / "references"


class References:
    """A folder with a file for each reading. Several processes may use it at a time.

    Args:
      folder: made when the first reading is kept.
      surroundings: of ``surroundings``: all that a reading depends on besides its request.
      warn: told once, where the folder cannot be written.

    Attributes:
      folder: the folder.
      known: how many readings were there.
    """

    def __init__(self, folder: Path, surroundings: str, warn: Callable[[str], None]) -> None:
        self.known = 0
        self.folder = folder
        self._surroundings = surroundings
        self._warn: Callable[[str], None] | None = warn

    def get(self, request: Request, options: Mapping[str, Any]) -> Outcome | None:
        """The reading of a reference; None: it is not there, or its file is damaged."""
        path = self._path(request, options)
        try:
            found = json.loads(path.read_bytes())
            outcome = Outcome(status="ok", reading=dict(found["reading"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        self.known += 1
        return outcome

    def put(self, request: Request, options: Mapping[str, Any], outcome: Outcome) -> None:
        """Keep a reading. A folder that cannot be written costs time and nothing else."""
        if outcome.status != "ok":
            return
        content = json.dumps({"reading": outcome.reading}).encode()
        try:
            write_shared(self._path(request, options), content)
        except OSError as error:
            if self._warn is not None:
                self._warn(f"readings of references cannot be kept for the next time: {error}")
                self._warn = None

    def _path(self, request: Request, options: Mapping[str, Any]) -> Path:
        what = [self._surroundings, request.room, dict(options), request.source]
        text = json.dumps(what, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return self.folder / digest[:2] / f"{digest}.json"


def surroundings(benchmark: Benchmark, interpreter: str | None) -> str:
    """What readings of this benchmark depend on besides their requests, in one line."""
    return " ".join([digest_of_modules(), _packages(interpreter), _fonts(), benchmark.drawn_with()])


@cache
def _packages(interpreter: str | None) -> str:
    """Digest of an interpreter's version and packages; of a broken one nothing is known."""
    if interpreter in (None, sys.executable):
        found = sorted({f"{d.name}=={d.version}" for d in importlib.metadata.distributions()})
        said = json.dumps([sys.version, found]).encode()
    else:
        command = [interpreter, "-c", _PACKAGES]
        ran = subprocess.run(command, capture_output=True, check=False, timeout=60)
        said = ran.stdout if ran.returncode == 0 else os.urandom(16)
    return hashlib.sha256(said).hexdigest()[:16]


@cache
def _fonts() -> str:
    """Digest of the names and sizes of this machine's fonts."""
    found = sorted(
        f"{path} {path.stat().st_size}"
        for place in _FONTS
        for path in Path(place).expanduser().rglob("*.[ot]t[fc]")
        if path.is_file()
    )
    return hashlib.sha256("\n".join(found).encode()).hexdigest()[:16]
