"""Pictures of a corpus: checked before a model reads them, and kept as files.

What comes out of a table or an archive is written to a folder of its own, since a task names its
pictures by path: prompts are read again for every rollout of a group, and episodes are text.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import warnings
import weakref
from collections import OrderedDict
from pathlib import Path

from PIL import Image

from vsdpo_jax.data.errors import BadRow

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 64_000_000  # a page of 1280 x 50,000
MAX_SIDE = 65_535
MIN_SIDE = 8
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
KEPT = 1024  # files; most updates read far fewer


def check_picture(source: bytes | Path) -> None:
    """Decode a picture.

    Raises:
      BadRow: there is none, it is no picture of FORMATS, damaged, tiny or too large to decode.
    """
    if isinstance(source, Path):
        if not source.is_file():
            raise BadRow("picture is missing", source.name)
        size = source.stat().st_size
    else:
        size = len(source)
    if size > MAX_BYTES:
        raise BadRow("picture is too large", f"{size} bytes, at most {MAX_BYTES}")
    try:
        with (
            warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning),
            Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image,
        ):
            _check_size(*image.size)
            if image.format not in FORMATS:
                raise BadRow("picture has an unusual format", str(image.format))
            image.load()
    except BadRow:
        raise
    except Image.DecompressionBombError as error:
        raise BadRow("picture is too large", str(error)[:120]) from None
    except Exception as error:  # decoders raise many kinds for damaged files
        raise BadRow("picture does not decode", str(error)[:120]) from None


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise BadRow("picture is too large", f"{width} x {height} pixels, at most {MAX_PIXELS}")
    if min(width, height) < MIN_SIDE:
        raise BadRow("picture is tiny", f"{width} x {height} pixels")


class Spool:
    """A folder for pictures that have no file; it goes with this object, or with the process.

    Args:
      keep: files that stay; the oldest go first. None: all.
    """

    def __init__(self, keep: int | None = KEPT) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vsdpo_pictures_"))
        self._keep = keep
        self._names: OrderedDict[str, None] = OrderedDict()
        self._end = weakref.finalize(self, shutil.rmtree, self.folder, True)

    def put(self, name: str, data: bytes) -> Path:
        """Keep the bytes of a picture under ``name``; the path of its file."""
        path = self.folder / name.replace("/", "_")
        if name not in self._names or not path.exists():
            path.write_bytes(data)
        self._names[name] = None
        self._names.move_to_end(name)
        while self._keep is not None and len(self._names) > self._keep:
            old, _ = self._names.popitem(last=False)
            (self.folder / old.replace("/", "_")).unlink(missing_ok=True)
        return path
