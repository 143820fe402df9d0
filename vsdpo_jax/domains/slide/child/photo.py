"""The picture that lies beside every program: ``photo.jpg``, 800 x 600 pixels.

Standard library and Pillow only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import io
import math
import random
from functools import cache

from PIL import Image, ImageDraw, ImageOps

NAME = "photo.jpg"
WIDTH, HEIGHT = 800, 600
_TREES = 700


@cache
def photo() -> bytes:
    """JPEG bytes of wooded hills and a sun: no text, no fonts, the same every time.

    The trees give the hills a texture, as a photograph has it: no part of it is an empty area.
    """
    ramp = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    image = ImageOps.colorize(ramp, black=(84, 140, 204), white=(240, 222, 190))
    draw = ImageDraw.Draw(image)
    draw.ellipse((560, 90, 650, 180), fill=(252, 236, 176))
    ridges = (((112, 138, 166), 350, 70), ((76, 112, 112), 430, 52), ((54, 90, 66), 510, 34))
    rng = random.Random(0)
    for number, (color, level, swing) in enumerate(ridges):
        heights = [_height(x, number, level, swing) for x in range(WIDTH + 1)]
        outline = [(0, HEIGHT), *enumerate(heights), (WIDTH, HEIGHT)]
        draw.polygon(outline, fill=color)
        for _ in range(_TREES):
            x, shade = rng.randrange(WIDTH), rng.randrange(-22, 14)
            foot, size = rng.randrange(heights[x], HEIGHT + 20), 8 + 5 * number
            crown = [(x - size // 2, foot), (x, foot - 2 * size), (x + size // 2, foot)]
            draw.polygon(crown, fill=tuple(channel + shade for channel in color))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _height(x: int, number: int, level: int, swing: int) -> int:
    """The skyline of a ridge, pixels from the top."""
    phase = x * (0.0074 + 0.0031 * number) + 1.7 * number
    return round(level - swing * (math.sin(phase) + 0.4 * math.sin(2.7 * phase)))
