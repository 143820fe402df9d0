"""Which deck a program hands over, taken when it is saved.

Every way to save ends in ``OpcPackage.save``. The file is made there once, in memory, and written
to where the program wants it; what was saved last is kept, with the notes of that moment, so that
later changes of the presentation change nothing. A place that is missing here (``/mnt/data/``) is
said on stderr: where a deck is saved is no part of what it shows.

The artifact is the deck that was saved last; or a .pptx in the working folder that came into being
after that in another way (a program that rewrites the zip); or, where nothing was saved, the
presentation with slides that was opened last.

Standard library, python-pptx and lxml only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import io
import os
import sys
import time
from dataclasses import dataclass
from typing import Any

from pptx.api import _default_pptx_path
from pptx.opc.package import OpcPackage
from pptx.package import Package
from pptx.parts.presentation import PresentationPart
from pptx.presentation import Presentation

from vsdpo_jax.domains.slide.child.follow import FOLLOWER, Change
from vsdpo_jax.domains.slide.child.notebook import take_notes
from vsdpo_jax.domains.slide.child.spans import Origin, SourceMap
from vsdpo_jax.domains.slide.child.tree import Tree
from vsdpo_jax.domains.slide.deck.notes import Notes

_SUFFIXES = (".pptx", ".pptm", ".ppsx", ".potx", ".ppt")
# What another machine may have and this one has not: a folder, or the right to write into it.
_NO_PLACE = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)
_MOST_FILES = 1000
# The kernel stamps files with the time of its last tick.
_TICK_NS = 20_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """A deck as it was saved: the bytes of its file, and the notes of that moment."""

    pptx: bytes
    notes: Notes
    time_ns: int


class Saves:
    """What was opened and saved in this run."""

    def __init__(self) -> None:
        self.begin("", "")

    def begin(self, source: str, folder: str) -> None:
        """Forget everything; ``folder`` is the working folder of the program ``source``."""
        FOLLOWER.begin()
        self._source = SourceMap(source, FOLLOWER.origins)
        self._folder = folder
        self._opened: dict[Any, Origin] = {}  # part -> where; in the order of opening
        self._last: Saved | None = None
        self._known: dict[bytes, Notes] = {}  # digest of a file -> its notes

    def opened(self, part: Any, digest: bytes | None) -> None:
        """A presentation was opened, from a file that this run may have saved."""
        if part in self._opened:
            return
        self._opened[part] = FOLLOWER.origins.here()
        notes = self._known.get(digest) if digest else None
        if notes is None:
            return
        for key, element in Tree(part).shapes.items():
            calls = notes.shapes.get(key)
            if calls:
                change = Change(FOLLOWER.tick(), "known", calls, False, ())
                FOLLOWER.changes.setdefault(element, {})["known", None] = change

    def save(self, package: Any, target: Any) -> None:
        """Save a package as python-pptx does, and keep it if it is a presentation."""
        data = _bytes_of(package)
        part = _presentation(package)
        if part is not None:
            notes = self._notes(part, FOLLOWER.origins.here())
            self._last = Saved(pptx=data, notes=notes, time_ns=time.time_ns())
            self._known[_digest(data)] = notes
        _write(target, data)

    def artifact(self) -> Saved | None:
        """The deck that the program hands over; None without one."""
        found = self._rewritten()
        if found is not None:
            return found
        if self._last is not None:
            return self._last
        for part in reversed(self._opened):
            if len(part.presentation.slides):
                return Saved(
                    pptx=_bytes_of(part.package),
                    notes=self._notes(part, ()),
                    time_ns=time.time_ns(),
                )
        return None

    def _notes(self, part: Any, saved: Origin) -> Notes:
        made = self._opened.get(part, ())
        return take_notes(FOLLOWER, self._source, part, made, saved)

    def _rewritten(self) -> Saved | None:
        """The newest deck in the working folder that python-pptx did not write."""
        since = 0 if self._last is None else self._last.time_ns - _TICK_NS
        newest: tuple[int, bytes] | None = None
        for path, changed_ns in _decks_in(self._folder):
            if changed_ns >= since and (newest is None or changed_ns > newest[0]):
                with open(path, "rb") as file:
                    data = file.read()
                if _digest(data) not in self._known:
                    newest = changed_ns, data
        if newest is None:
            return None
        notes = Notes() if self._last is None else self._last.notes
        return Saved(pptx=newest[1], notes=notes, time_ns=newest[0])


SAVES = Saves()
_READY: dict[str, Package] = {}  # path -> a package that was read from it and handed to nobody


def read_template() -> None:
    """Read python-pptx's template, from which a program's first presentation is made: a fifth of a
    plain program's time. Once a process, before programs run.
    """
    path = _default_pptx_path()
    _READY[path] = Package.open(path)


def install() -> None:
    """Hook opening and saving. Once a process, before programs run."""
    _hook_saving()
    _hook_opening()


def _hook_saving() -> None:
    original = OpcPackage.save

    @functools.wraps(original)
    def save(self: OpcPackage, pkg_file: Any) -> None:
        if FOLLOWER.paused:
            original(self, pkg_file)
        else:
            SAVES.save(self, pkg_file)

    OpcPackage.save = save  # type: ignore[method-assign]


def _hook_opening() -> None:
    open_package: Any = Package.open.__func__  # type: ignore[attr-defined]
    digests: list[bytes | None] = []

    @functools.wraps(open_package)
    def open_(cls: Any, pkg_file: Any) -> Any:
        digests[:] = [_digest_of_file(pkg_file)]
        is_plain = cls is Package and isinstance(pkg_file, str)
        ready = _READY.pop(pkg_file, None) if is_plain else None
        return open_package(cls, pkg_file) if ready is None else ready

    init = Presentation.__init__

    @functools.wraps(init)
    def opened(self: Any, element: Any, part: Any) -> None:
        init(self, element, part)
        if not FOLLOWER.paused:
            SAVES.opened(part, digests.pop() if digests else None)

    Package.open = classmethod(open_)  # type: ignore[assignment,method-assign]
    Presentation.__init__ = opened  # type: ignore[method-assign]


def _bytes_of(package: Any) -> bytes:
    buffer = io.BytesIO()
    FOLLOWER.paused = True
    try:
        package.save(buffer)
    finally:
        FOLLOWER.paused = False
    return buffer.getvalue()


def _presentation(package: Any) -> Any:
    """The main part of a package if it is a presentation."""
    try:
        part = package.main_document_part
    except (KeyError, ValueError):
        return None
    return part if isinstance(part, PresentationPart) else None


def _write(target: Any, data: bytes) -> None:
    """Write a file where zipfile would."""
    if hasattr(target, "write") and not isinstance(target, str | bytes | os.PathLike):
        target.write(data)
        return
    try:
        with open(target, "wb") as file:
            file.write(data)
    except OSError as error:
        if error.errno not in _NO_PLACE:
            raise
        sys.stderr.write(f"{os.fsdecode(target)} is not written: {os.strerror(error.errno)}\n")


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def _digest_of_file(target: Any) -> bytes | None:
    """Of what is about to be opened; None for the default template and what cannot be read."""
    if not SAVES._known:
        return None
    try:
        if isinstance(target, str | os.PathLike):
            with open(target, "rb") as file:
                return _digest(file.read())
        place = target.tell()
        target.seek(0)
        data = target.read()
        target.seek(place)
        return _digest(data)
    except (OSError, AttributeError, ValueError):
        return None


def _decks_in(folder: str) -> list[tuple[str, int]]:
    """Paths of files that look like decks, with the time of their last change."""
    found, pending, seen = [], [folder], 0
    while pending and seen < _MOST_FILES:
        try:
            entries = list(os.scandir(pending.pop()))
        except OSError:
            continue
        for entry in entries:
            seen += 1
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            elif entry.name.lower().endswith(_SUFFIXES) and entry.is_file(follow_symlinks=False):
                found.append((entry.path, entry.stat(follow_symlinks=False).st_mtime_ns))
    return found
