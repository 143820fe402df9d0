"""A deck that was printed to PDF: its pictures with and without letters, and its letters."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from vsdpo_jax.domains.slide.deck.records import WIDTH
from vsdpo_jax.domains.slide.render.source import BadDeck

_NESTED = 8
_MOST_LETTERS = 40_000


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of a page.

    Attributes:
      text: the character.
      x, y: its origin on the baseline, pixels of the picture.
      right: where the next letter begins, along the baseline.
      size: of its font, pixels.
      turn: degrees clockwise.
      font: name as the PDF has it ("Carlito-Bold").
    """

    text: str
    x: float
    y: float
    right: float
    size: float
    turn: float
    font: str


class Printed:
    """A PDF of slides.

    Attributes:
      height: of the pictures.
    """

    def __init__(self, data: bytes, slides: int, height: int) -> None:
        """Open it.

        Args:
          data: the PDF.
          slides: pages that it must have.
          height: of the pictures, which are WIDTH wide.

        Raises:
          BadDeck: it has another number of pages, or is no PDF.
        """
        self.height = height
        try:
            self._document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise BadDeck(f"LibreOffice makes no sound PDF of the deck: {error}") from error
        if len(self._document) != slides:
            pages = len(self._document)
            raise BadDeck(f"LibreOffice draws {pages} pages of a deck of {slides} slides")

    def close(self) -> None:
        """Give its memory back."""
        self._document.close()

    def pictures(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """uint8[height, WIDTH, 3] of a slide with and without its letters."""
        page = self._document[number]
        image_YXC = self._drawn(page)
        for piece in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=_NESTED):
            pdfium.FPDFTextObj_SetTextRenderMode(piece.raw, pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)
        textless_YXC = self._drawn(page)
        page.close()
        return image_YXC, textless_YXC

    def _drawn(self, page: pypdfium2.PdfPage) -> np.ndarray:
        scale = WIDTH / page.get_width()
        drawn_YXC = page.render(scale=scale, may_draw_forms=False).to_numpy()
        missing = ((0, max(self.height - drawn_YXC.shape[0], 0)),
                   (0, max(WIDTH - drawn_YXC.shape[1], 0)), (0, 0))  # fmt: skip
        padded_YXC = np.pad(drawn_YXC, missing, "edge") if np.any(missing) else drawn_YXC
        return np.ascontiguousarray(padded_YXC[: self.height, :WIDTH, 2::-1])

    def letters(self, number: int) -> list[Letter]:
        """The letters of a slide in the order of painting; spaces are left out."""
        page = self._document[number]
        scale, top = WIDTH / page.get_width(), page.get_height()
        text = page.get_textpage()
        found = list(_letters(text, scale, top))
        text.close()
        page.close()
        return found


def _letters(text: pypdfium2.PdfTextPage, scale: float, top: float) -> Iterator[Letter]:
    x, y = ctypes.c_double(), ctypes.c_double()
    loose = pdfium.FS_RECTF()
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    for index in range(min(text.count_chars(), _MOST_LETTERS)):
        character = chr(pdfium.FPDFText_GetUnicode(text, index) or 32)
        if character.isspace() or pdfium.FPDFText_IsGenerated(text, index) == 1:
            continue
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        pdfium.FPDFText_GetLooseCharBox(text, index, loose)
        pdfium.FPDFText_GetFontInfo(text, index, name, len(name), flags)
        turn = math.degrees(pdfium.FPDFText_GetCharAngle(text, index))
        yield Letter(
            text=character,
            x=x.value * scale,
            y=(top - y.value) * scale,
            right=loose.right * scale,
            size=pdfium.FPDFText_GetFontSize(text, index) * scale,
            turn=turn % 360.0,
            font=name.value.decode("utf-8", "replace").rpartition("+")[2],
        )
