"""Chats with and without pictures, and the settings of pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image
from tiny_folder import PREPROCESSOR

CHAT = [
    {"role": "user", "content": "Draw 3 bars: Ä, 日本, 🙂.\n\n"},
    {
        "role": "assistant",
        "content": [{"type": "text", "text": "a"}, {"type": "text", "text": " b"}],
    },
    {"role": "user", "content": ""},
]

IMAGE_PREPROCESSOR = PREPROCESSOR | {"image_processor_type": "Qwen2VLImageProcessorFast"}


def picture(width: int, height: int, mode: str = "RGB") -> Image.Image:
    rng = np.random.default_rng(width * height)
    channels = len(Image.new(mode, (1, 1)).getbands())
    values = rng.integers(0, 256, width * height * channels, dtype=np.uint8)
    return Image.frombytes(mode, (width, height), values.tobytes())


def image(source: Any) -> dict[str, Any]:
    return {"type": "image", "image": source}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def user(*items: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(items)}


SMALL, WIDE, HUGE = picture(64, 64), picture(160, 70, "RGBA"), picture(900, 700)
