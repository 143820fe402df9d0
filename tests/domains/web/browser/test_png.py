"""Pixels of pictures, whatever way their rows are stored."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from vsdpo_jax.domains.web.browser.png import pixels_of


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def _png_of_differences(image_YXC: np.ndarray) -> bytes:
    """As the browser writes them: each row as the difference to the one above."""
    height, width = image_YXC.shape[:2]
    rows_YXC = image_YXC.copy()
    rows_YXC[1:] -= image_YXC[:-1]
    rows_YN = np.concatenate([np.full((height, 1), 2, np.uint8), rows_YXC.reshape(height, -1)], 1)
    data = zlib.compress(rows_YN.tobytes(), 1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [_chunk(b"IDAT", data[:50]), _chunk(b"IDAT", data[50:])]
    return b"".join([b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", header), *parts, _chunk(b"IEND", b"")])


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 3), (90, 160)])
def test_pixels_are_those_of_the_decoder_of_all_pngs(height: int, width: int) -> None:
    image_YXC = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    ours, theirs = _png_of_differences(image_YXC), io.BytesIO()
    Image.fromarray(image_YXC).save(theirs, "PNG")
    assert np.array_equal(pixels_of(ours), image_YXC)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(ours)).convert("RGB")), image_YXC)
    assert np.array_equal(pixels_of(theirs.getvalue()), image_YXC)


@pytest.mark.parametrize("mode", ["RGBA", "L", "P"])
def test_other_kinds_are_read(mode: str) -> None:
    image = Image.new("RGB", (9, 5), (12, 120, 240)).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    assert np.array_equal(pixels_of(buffer.getvalue()), np.asarray(image.convert("RGB")))


def test_a_picture_that_is_cut_off_is_none() -> None:
    png = _png_of_differences(np.zeros((90, 160, 3), np.uint8))
    with pytest.raises(OSError, match=r"trunc|broken|unrecognized|incomplete|cannot"):
        pixels_of(png[:70])
