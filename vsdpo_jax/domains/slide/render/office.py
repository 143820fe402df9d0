"""The office suite as a renderer: LibreOfficeKit in this process, decks to PDF.

Call it where it may be killed only. Nothing is drawn by it (its own tiles show the prompts of empty
placeholders): the PDF is what a person would print, and ``printed`` draws that.
"""

from __future__ import annotations

import ctypes
import os
import re
import zipfile
from io import BytesIO
from pathlib import Path

from vsdpo_jax.domains.slide.render import fonts
from vsdpo_jax.domains.slide.render.source import BadDeck
from vsdpo_jax.sandbox import SandboxUnavailable

VARIABLE = "VSDPO_LIBREOFFICE"
"""Environment variable that names the folder with libmergedlo.so, before every other."""
INSTALL = (
    "install it as root with `apt-get install --no-install-recommends libreoffice-impress "
    f"fonts-crosextra-carlito fonts-crosextra-caladea fonts-liberation`, or name the folder of its "
    f"libmergedlo.so in {VARIABLE}; the renderer `fast` needs none"
)
PLACES = (
    "/usr/lib/libreoffice/program",
    "/usr/lib64/libreoffice/program",
    "/opt/libreoffice*/program",
)

_LIBRARY = "libmergedlo.so"
# Slots of the tables of functions of LibreOfficeKit.h, the first of which holds their size.
_GET_ERROR, _LOAD = 3, 4
_DESTROY, _SAVE, _PARTS = 1, 2, 4
_POINTER, _TEXT = ctypes.c_void_p, ctypes.c_char_p
_EXPORT = b'{"ExportHiddenSlides":{"type":"boolean","value":"true"}}'
_TYPEFACE = re.compile(rb'(<a:(?:latin|ea|cs|sym|buFont)\b[^>]*?\btypeface=")([^"+][^"]*)(")')


def find_office() -> Path:
    """The folder of the office suite's programs.

    Raises:
      SandboxUnavailable: there is none, with what to install.
    """
    named = os.environ.get(VARIABLE)
    places = [named] if named else [str(p) for place in PLACES for p in _glob(place)]
    for place in places:
        if Path(place, _LIBRARY).is_file():
            return Path(place)
    missing = f"{VARIABLE} names no such folder" if named else "there is no LibreOffice"
    raise SandboxUnavailable(f"{missing} to render slides with: {INSTALL}")


def _glob(place: str) -> list[Path]:
    return sorted(Path("/").glob(place.lstrip("/")), reverse=True)


class Office:
    """The office suite, for as long as this process lives: it cannot be loaded twice.

    Attributes:
      name: with its version.
    """

    def __init__(self, folder: str) -> None:
        """Load it.

        Args:
          folder: of this process alone, for its profile and for files on the way.

        Raises:
          SandboxUnavailable: there is none, or it does not start.
        """
        place = find_office()
        self._folder = Path(folder)
        try:
            hook = ctypes.CDLL(str(place / _LIBRARY)).libreofficekit_hook_2
        except (OSError, AttributeError) as error:
            raise SandboxUnavailable(f"LibreOffice does not load: {error}") from error
        hook.restype, hook.argtypes = _POINTER, [_TEXT, _TEXT]
        self._kit = hook(str(place).encode(), (self._folder / "profile").as_uri().encode())
        if not self._kit:
            raise SandboxUnavailable(f"LibreOffice does not start in {folder}")
        self.name = f"LibreOffice {_version(place)}"

    def pdf(self, data: bytes, slides: int) -> bytes:
        """A deck as PDF, a page for each slide.

        Args:
          data: the .pptx file.
          slides: how many it has.

        Raises:
          BadDeck: the suite cannot read it, or makes another number of pages: it opens some broken
            files as an empty page without a word.
        """
        given, made = self._folder / "deck.pptx", self._folder / "deck.pdf"
        made.unlink(missing_ok=True)
        given.write_bytes(with_our_fonts(data))
        load = _function(self._kit, _LOAD, _POINTER, _POINTER, _TEXT, _TEXT)
        document = load(self._kit, given.as_uri().encode(), b"")
        if not document:
            raise BadDeck(f"LibreOffice cannot read the deck: {self._error()}")
        try:
            parts = _function(document, _PARTS, ctypes.c_int, _POINTER)(document)
            save = _function(document, _SAVE, ctypes.c_int, _POINTER, _TEXT, _TEXT, _TEXT)
            is_saved = save(document, made.as_uri().encode(), b"pdf", _EXPORT)
        finally:
            _function(document, _DESTROY, None, _POINTER)(document)
        if not is_saved or not made.is_file():
            raise BadDeck(f"LibreOffice cannot draw the deck: {self._error()}")
        if parts != slides:
            raise BadDeck(f"LibreOffice finds {parts} slides in the deck, which has {slides}")
        return made.read_bytes()

    def _error(self) -> str:
        text = _function(self._kit, _GET_ERROR, _POINTER, _POINTER)(self._kit)
        return (
            ctypes.string_at(text).decode("utf-8", "replace")[:200] if text else "no reason given"
        )


def _function(thing: int, slot: int, result: type | None, *arguments: type):
    """One of an object's functions: it begins with the address of their table."""
    table = _POINTER.from_address(thing).value or 0
    size = ctypes.sizeof(_POINTER)
    address = _POINTER.from_address(table + slot * size).value
    return ctypes.CFUNCTYPE(result, *arguments)(address or 0)


def _version(place: Path) -> str:
    for name in ("versionrc", "bootstraprc"):
        file = place / name
        found = re.search(r"(?:OOOBaseVersion|LibreOffice )[= ]*([\d.]+)", _read(file))
        if found:
            return found[1]
    return "(of unknown version)"


def _read(file: Path) -> str:
    return file.read_text("utf-8", "replace") if file.is_file() else ""


def with_our_fonts(data: bytes) -> bytes:
    """The same deck asking for the fonts that draw it: what stands in for what is not left to the
    machine."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as given, zipfile.ZipFile(made, "w") as archive:
        for name in given.namelist():
            content = given.read(name)
            if name.endswith(".xml"):
                content = _TYPEFACE.sub(_ours, content)
            archive.writestr(name, content)
    return made.getvalue()


def _ours(found: re.Match[bytes]) -> bytes:
    family = fonts.drawn_with(found[2].decode("utf-8", "replace"))
    return found[1] + family.encode() + found[3]
