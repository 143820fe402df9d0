"""Which texts end in the saved picture, ticks left out: the probe of the text axis.

Every line that the PDF renderer draws is one text, in the words that matplotlib hands over. Just
before ``plt.savefig`` the ticks of the current figure's axes are taken away.
"""

from __future__ import annotations

import functools
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.backends.backend_pdf import RendererPdf

PALE = 0.02
"""Largest difference of a channel, in [0, 1], at which ink on its ground is not seen."""

drawn: list[tuple[str, bool]] = []
"""Text, and whether a person can see it."""


def install() -> None:
    """Hook saving and the renderer. Once a process."""
    save, draw = plt.savefig, RendererPdf.draw_text

    @functools.wraps(save)
    def savefig(*args: Any, **kwargs: Any) -> Any:
        for axes in plt.gcf().get_axes():
            axes.set_xticks([])
            axes.set_yticks([])
        return save(*args, **kwargs)

    @functools.wraps(draw)
    def draw_text(self: Any, gc: Any, x: Any, y: Any, s: Any, *args: Any, **kwargs: Any) -> Any:
        mtext = kwargs.get("mtext", args[3] if len(args) > 3 else None)
        drawn.append((str(s), _is_seen(self, gc, float(x), float(y), mtext)))
        return draw(self, gc, x, y, s, *args, **kwargs)

    plt.savefig = savefig
    RendererPdf.draw_text = draw_text


def _is_seen(renderer: Any, gc: Any, x: float, y: float, mtext: Any) -> bool:
    """Whether it lies on the page and differs from what it lies on; x and y are points."""
    if not (0 <= x <= 72 * renderer.width and 0 <= y <= 72 * renderer.height):
        return False
    if gc.get_alpha() <= PALE:
        return False
    if mtext is None or mtext.get_figure() is None or mtext.get_bbox_patch() is not None:
        return True
    patch, axes = mtext.get_figure().patch, mtext.axes
    if axes is not None and axes.patch.get_visible() and axes.bbox.contains(x, y):
        patch = axes.patch
    ground = patch.get_facecolor()
    if len(ground) == 4 and ground[3] <= PALE:
        ground = (1.0, 1.0, 1.0, 1.0)
    return any(abs(a - b) > PALE for a, b in zip(gc.get_rgb()[:3], ground[:3], strict=True))
