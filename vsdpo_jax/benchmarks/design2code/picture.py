"""The text blocks of a page, from three pictures of it.

A pixel is a text's where the two recoloured copies differ by the shift of the colours; whose text
it is, its colour in the plain copy says.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from vsdpo_jax.benchmarks.design2code.source import SHIFT, Color, TooManyTexts, recolored
from vsdpo_jax.domains.web.browser.session import Session

SHIFTED_BY, NEAR = 8, 4
"""Levels by which a text's pixel may miss the shift, and its own colour."""
SEEN = 8
"""Levels by which a text's ink differs from what is around it, where a person sees it."""


def read_blocks(session: Session, source: str) -> bytes:
    """Draw a page three times and read its blocks. For the renderer of the web domain.

    Args:
      session: a tab.
      source: JSON: "page", and whether its "picture" is needed.

    Returns:
      JSON: "size", "blocks" (null with too many texts), "why" they are null, "picture" (PNG).
    """
    job = json.loads(source)
    original_YXC = _drawn(session, job["page"])
    height, width = original_YXC.shape[:2]
    reading: dict[str, Any] = {"size": [width, height], "why": ""}
    if job["picture"]:
        reading["picture"] = base64.b64encode(_png(original_YXC)).decode()
    try:
        copies = recolored(job["page"])
    except TooManyTexts as error:
        return json.dumps({**reading, "blocks": None, "why": str(error)}).encode()
    pictures = (_drawn(session, copies.plain), _drawn(session, copies.shifted))
    reading["blocks"] = blocks_of(original_YXC, *pictures, copies.items)
    return json.dumps(reading).encode()


def _drawn(session: Session, page: str) -> np.ndarray:
    session.open(page)
    width, height = session.size()
    return session.screenshot(height, width)


def _png(image_YXC: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image_YXC).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def blocks_of(
    original_YXC: np.ndarray,
    plain_YXC: np.ndarray,
    shifted_YXC: np.ndarray,
    items: Sequence[tuple[str, Color]],
) -> list[dict[str, Any]]:
    """The blocks of a page: "text", "box" in shares of the plain picture, "color", "seen".

    Args:
      original_YXC, plain_YXC, shifted_YXC: uint8[Y, X, 3], the page and its copies.
      items: of the copies.
    """
    if plain_YXC.shape != shifted_YXC.shape:
        return []
    moved = (plain_YXC.astype(np.int16) + SHIFT) % 256 - shifted_YXC
    is_text_YX = np.all(np.abs(moved) <= SHIFTED_BY, axis=2)
    rows_N, columns_N = np.nonzero(is_text_YX)
    colors_NC = plain_YXC[rows_N, columns_N].astype(np.int16)
    height, width = plain_YXC.shape[:2]
    found = []
    for text, color in items:
        low, high = (np.array(color) - NEAR) % 256, (np.array(color) + NEAR) % 256
        mine_N = ((colors_NC >= low) & (colors_NC <= high)).all(axis=1)
        if not mine_N.any():
            continue
        rows, columns = rows_N[mine_N], columns_N[mine_N]
        if rows.max() >= original_YXC.shape[0] or columns.max() >= original_YXC.shape[1]:
            return []  # the original is smaller: officially an error, and no blocks
        top, bottom = int(rows.min()), int(rows.max())
        left, right = int(columns.min()), int(columns.max())
        mean = original_YXC[rows, columns].mean(axis=0)
        inside = (slice(top, bottom + 1), slice(left, right + 1))
        ground = original_YXC[inside][~is_text_YX[inside]]
        is_seen = not ground.size or np.abs(mean - np.median(ground, axis=0)).max() > SEEN
        found.append(
            {
                "text": text.lower(),
                "box": [left / width, top / height, (right - left + 1) / width,
                        (bottom - top + 1) / height],
                "color": [int(channel) for channel in mean],
                "seen": bool(is_seen),
            }
        )  # fmt: skip
    return found
