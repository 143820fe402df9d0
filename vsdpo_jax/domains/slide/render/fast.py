"""The fast renderer: betteroffice-pptx, in this process. Call it where it may be killed only.

Pictures come from it, and a display list of everything that it paints. The picture without letters
is drawn with fonts of the same widths that have no outlines, so that nothing else can change.
"""

from __future__ import annotations

from collections.abc import Iterable

import betteroffice_pptx
import cv2
import numpy as np

from vsdpo_jax.domains.slide.deck.records import WIDTH
from vsdpo_jax.domains.slide.render import fonts
from vsdpo_jax.domains.slide.render.display import Display, read
from vsdpo_jax.domains.slide.render.source import BadDeck

NAME = f"betteroffice-pptx {betteroffice_pptx.__version__}"
FIRST = "Calibri"
"""Family that draws what no registered one does: the renderer takes the first."""
MOST_FAMILIES = 32
_PIXELS_PER_EMU = 96 / 914_400


class FastDeck:
    """A deck in the fast renderer.

    Attributes:
      fonts: family that is asked for -> family that draws it.
    """

    def __init__(self, data: bytes, families: Iterable[str], size_emu: tuple[int, int]) -> None:
        """Open a deck.

        Args:
          data: the .pptx file.
          families: of fonts that it asks for.
          size_emu: width and height of its slides.

        Raises:
          BadDeck: the renderer cannot read it.
        """
        asked = list(dict.fromkeys((FIRST, *families)))[:MOST_FAMILIES]
        self.fonts = {family: fonts.drawn_with(family) for family in asked}
        self._scale = WIDTH / (size_emu[0] * _PIXELS_PER_EMU)
        self.height = max(round(WIDTH * size_emu[1] / size_emu[0]), 1)
        self._has_letters = True
        try:
            self._deck = betteroffice_pptx.Presentation.open(data)
        except betteroffice_pptx.PptxError as error:
            raise BadDeck(f"the renderer cannot read the deck: {error}") from error
        self._register()

    def display(self, slide: int) -> Display:
        """What it paints of a slide."""
        try:
            return read(self._deck.render_slide(slide).to_dict(), self._scale)
        except betteroffice_pptx.PptxError as error:
            raise BadDeck(f"the renderer cannot lay slide {slide + 1} out: {error}") from error

    def picture(self, slide: int, letters: bool = True) -> np.ndarray:
        """uint8[height, WIDTH, 3]: a slide, with or without its letters."""
        if letters != self._has_letters:
            self._has_letters = letters
            self._register()
        try:
            drawn = self._deck.render_png(slide, scale=self._scale)
        except betteroffice_pptx.PptxError as error:
            raise BadDeck(f"the renderer cannot draw slide {slide + 1}: {error}") from error
        # Pillow takes a fifth longer to decode it, leave its alpha channel out and hand it over.
        image_YXC = cv2.imdecode(np.frombuffer(drawn.bytes, np.uint8), cv2.IMREAD_COLOR_RGB)
        if image_YXC is None:
            raise BadDeck(f"the renderer's picture of slide {slide + 1} cannot be read")
        return self._fitted(image_YXC)

    def _fitted(self, image_YXC: np.ndarray) -> np.ndarray:
        """Exactly as large as the contract says: the renderer rounds sides up."""
        height, width = image_YXC.shape[:2]
        if height < self.height or width < WIDTH:
            missing = ((0, max(self.height - height, 0)), (0, max(WIDTH - width, 0)), (0, 0))
            image_YXC = np.pad(image_YXC, missing, "edge")
        return np.ascontiguousarray(image_YXC[: self.height, :WIDTH])

    def _register(self) -> None:
        for family, drawn in self.fonts.items():
            for face, (bold, italic) in zip(fonts.faces(drawn), fonts.STYLES, strict=True):
                data = face.data if self._has_letters else face.blank
                self._deck.register_font(family, data, bold=bold, italic=italic)
