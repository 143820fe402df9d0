"""Pictures of the report: inside the page while they are few, beside it when they are many."""

from __future__ import annotations

import base64
import io
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from PIL import Image

from vsdpo_jax.runtime.files import DamagedFileError

MOST_EMBEDDED = 600
"""Pictures of a page that is one file: at some 12 kB each, 7 MB. Beyond, they are files beside it,
which a browser reads when it shows them."""
PRINTED_COLORS = 128
"""They halve the page and cannot be told apart from all colours at the size of a card."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a page shows: its address there, and its size in pixels."""

    source: str
    width: int
    height: int


class Pictures:
    """Where the pictures of one page are.

    Args:
      page: the file of the page.
      count: of all pictures, which decides between inside and beside.

    Attributes:
      is_embedded: whether all of them are inside the page.
      folder: of the copies beside the page.
    """

    def __init__(self, page: Path, count: int):
        self.is_embedded = count <= MOST_EMBEDDED
        self.folder = page.with_name(f"{page.stem}_files")
        self._page = page
        self._copies = self.folder.with_name(f".{self.folder.name}.tmp")
        self._num_copies = 0
        shutil.rmtree(self._copies, ignore_errors=True)

    def add(self, path: Path, *, embed: bool = False) -> Picture:
        """The picture of a PNG file.

        Args:
          path: of the file.
          embed: put it into the page, however many there are.

        Raises:
          DamagedFileError: it holds no picture.
        """
        try:
            with Image.open(path) as image:
                width, height = image.size
                if embed or self.is_embedded:
                    return Picture(_data_uri(image.convert("RGB")), width, height)
        except (OSError, SyntaxError) as error:
            raise DamagedFileError(
                f"{path}: this is no picture ({error}); delete the file, and it is shown as not "
                "kept"
            ) from error
        return Picture(self._beside(path), width, height)

    def finish(self) -> None:
        """Put the copies in place of those of an earlier report."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._num_copies:
            self._copies.rename(self.folder)

    def abandon(self) -> None:
        """Leave nothing behind of a page that was not written."""
        shutil.rmtree(self._copies, ignore_errors=True)

    def _beside(self, path: Path) -> str:
        """A relative address: of the file itself where it lies below the page, else of a copy."""
        path, root = path.resolve(), self._page.parent.resolve()
        if path.is_relative_to(root):
            return _address(path.relative_to(root))
        self._copies.mkdir(exist_ok=True)
        name = f"{self._num_copies:06d}.png"
        shutil.copyfile(path, self._copies / name)
        self._num_copies += 1
        return _address(Path(self.folder.name) / name)


def data_uri(data: bytes, kind: str) -> str:
    """A file as an address that needs no file; ``kind`` is its media type."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _address(path: Path) -> str:
    return quote(path.as_posix())


def _data_uri(image: Image.Image) -> str:
    stream = io.BytesIO()
    image.quantize(PRINTED_COLORS).save(stream, "PNG", optimize=True)
    return data_uri(stream.getvalue(), "image/png")
