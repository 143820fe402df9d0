"""The last axis: how alike two pages look to CLIP once their texts are painted over.

Pictures are prepared where pages are compared, embeddings are made of all at the end.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vsdpo_jax.domains.web.judge.blocks import Block
from vsdpo_jax.domains.web.judge.looks import squashed

REPOSITORY = "openai/clip-vit-base-patch32"
_RADIUS = 3


@cache
def find_weights(folder: Path | None) -> Path | None:
    """The file of weights: of a folder, or in the hub's cache; None where there is none."""
    if folder is not None:
        found = folder / "model.safetensors"
        return found if found.is_file() else None
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(REPOSITORY, "model.safetensors")
    return Path(cached) if isinstance(cached, str) else None


def fused(blocks: Sequence[Block]) -> list[Block]:
    """Blocks of which those in one and the same box are one."""
    return list({block.box: block for block in blocks}.values())


def erased(picture: str, blocks: Sequence[Block]) -> str:
    """A page without its texts as CLIP takes it: PNG of 224 x 224, base64.

    Telea's inpainting over the blocks, squashed to a square of the shorter side, then resized.
    """
    import cv2

    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB"))
    height, width = image.shape[:2]
    if blocks:
        mask_YX = np.zeros((height, width), np.uint8)
        for block in blocks:
            x, y = int(block.box[0] * width), int(block.box[1] * height)
            w, h = int(block.box[2] * width), int(block.box[3] * height)
            mask_YX[y : y + h, x : x + w] = 255
        image = cv2.inpaint(image, mask_YX, _RADIUS, cv2.INPAINT_TELEA)
    buffer = io.BytesIO()
    Image.fromarray(squashed(image)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def finish(rows: Sequence[dict[str, Any]], folder: Path | None) -> list[str]:
    """Put the axis "clip" into rows that hold two pictures.

    Without weights it is null everywhere: a mean over failures alone would be none.
    """
    weights = find_weights(folder)
    open_rows = [row for row in rows if row["clip"] is None and row["status"] == "ok"]
    if weights is None:
        note = (
            f"no weights of CLIP: give --weights=FOLDER with model.safetensors of {REPOSITORY}, "
            f"or download it with the hub's client"
        )
        for row in rows:
            row["clip"] = None
        for row in open_rows:
            row.setdefault("null_because", {}).setdefault("clip", note)
        return [f"clip is null: {note}"]
    ready = [row for row in open_rows if "_looks" in row]
    if not ready:
        return []
    from vsdpo_jax.models import clip

    params = clip.load(weights)
    ours, theirs = (np.stack([_pixels(row["_looks"][place]) for row in ready]) for place in (0, 1))
    for row, value in zip(ready, clip.similarity(params, ours, theirs), strict=True):
        row["clip"] = float(value)
    return []


def _pixels(text: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))))
