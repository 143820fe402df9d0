"""The built-in picture: what pages may show where they name one of their own."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1920, 1080


@cache
def builtin_picture() -> bytes:
    """PNG bytes of a landscape of 1920 x 1080 pixels, the same everywhere: no text, no fonts."""
    sky = np.linspace((0.35, 0.58, 0.85), (0.93, 0.86, 0.74), HEIGHT)[:, None, :]
    sky = np.broadcast_to(np.rint(255 * sky).astype(np.uint8), (HEIGHT, WIDTH, 3))
    image = Image.fromarray(np.ascontiguousarray(sky))
    draw = ImageDraw.Draw(image)
    draw.ellipse((1340, 190, 1560, 410), fill=(250, 232, 168))
    ridges = (((104, 128, 158), 620, 150), ((72, 104, 108), 760, 110), ((52, 84, 64), 900, 70))
    x = np.arange(0, WIDTH + 1, 8)
    for shift, (color, level, swing) in enumerate(ridges):
        phase = x * (0.0031 + 0.0013 * shift) + 1.7 * shift
        y = np.rint(level - swing * (np.sin(phase) + 0.4 * np.sin(2.7 * phase)))
        outline = [(0, HEIGHT), *zip(x.tolist(), y.tolist(), strict=True), (WIDTH, HEIGHT)]
        draw.polygon(outline, fill=color)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
