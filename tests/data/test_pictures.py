import io
import struct
import zlib

import pytest
from corpus_files import png
from PIL import Image

from vsdpo_jax.data import pictures
from vsdpo_jax.data.errors import BadRow


def huge_png(width, height):
    """A header that claims a size, and no pixels: what a decoder must not believe."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 9) + b"IDAT"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (png(1)[:60], "does not decode"),
        (b"<html>", "does not decode"),
        (b"", "does not decode"),
        (huge_png(60_000, 60_000), "too large"),
        (huge_png(12_000, 9_000), r"too large \(12000 x 9000 pixels"),
        (huge_png(100_000, 2), "too large"),
        (png(1, (6, 40)), r"tiny \(6 x 40"),
    ],
)
def test_what_is_no_picture_for_a_model_is_told(data, words):
    with pytest.raises(BadRow, match=words):
        pictures.check_picture(data)


def test_good_pictures_pass_and_odd_formats_do_not(tmp_path):
    pictures.check_picture(png(3))
    (tmp_path / "a.png").write_bytes(png(3))
    pictures.check_picture(tmp_path / "a.png")
    odd = io.BytesIO()
    Image.new("RGB", (20, 20)).save(odd, "TIFF")
    with pytest.raises(BadRow, match="unusual format"):
        pictures.check_picture(odd.getvalue())
    with pytest.raises(BadRow, match=r"missing \(b\.png\)"):
        pictures.check_picture(tmp_path / "b.png")


def test_a_file_of_too_many_bytes_is_not_opened(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_BYTES", 10)
    with pytest.raises(BadRow, match=r"too large \(\d+ bytes, at most 10"):
        pictures.check_picture(png(1))


def test_the_spool_keeps_the_newest_and_goes_with_its_owner():
    spool = pictures.Spool(keep=2)
    first = spool.put("a/1", b"1")
    spool.put("b", b"2")
    assert spool.put("a/1", b"1") == first
    spool.put("c", b"3")
    assert sorted(p.name for p in spool.folder.iterdir()) == ["a_1", "c"]
    folder = spool.folder
    del spool
    assert not folder.exists()
