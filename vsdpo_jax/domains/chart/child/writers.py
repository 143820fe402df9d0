"""Files of a painted picture, in every format that matplotlib saves.

A program may read back what it saved, so what is written is a valid file of its format. Vector
formats hold the picture as an image: drawing the figure once more with another backend would cost
as much as the chart itself, and the picture that counts is painted from the draw list anyway.

Standard library and plotting stack only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import base64
import errno
import gzip
import io
import os
import sys
from typing import Any

import matplotlib as mpl
import numpy as np
import PIL.Image
from matplotlib import cbook
from matplotlib.backends.backend_pdf import PdfFile, PdfPages, RendererPdf
from matplotlib.image import imsave

RASTER_FORMATS = (
    "png", "raw", "rgba", "gif", "jpg", "jpeg", "tif", "tiff", "webp", "avif",
)  # fmt: skip
VECTOR_FORMATS = ("pdf", "ps", "eps", "svg", "svgz", "pgf")
FORMATS = frozenset((*RASTER_FORMATS, *VECTOR_FORMATS))
# Level 6 takes 8 ms for 640 x 480 pixels, level 1 takes 5.
_PNG_LEVEL = 1
# What another machine may have and this one has not: a folder, or the right to write into it.
_NO_PLACE = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)


def format_of(target: Any) -> str:
    """The format that the name of a path says; empty when it says none."""
    name = os.fspath(target) if isinstance(target, os.PathLike) else target
    return os.path.splitext(name)[1][1:] if isinstance(name, str) else ""


def png_options(pil_kwargs: dict[str, Any] | None) -> dict[str, Any]:
    """Options of Pillow's PNG writer with a low compression unless the program names one."""
    return {"compress_level": _PNG_LEVEL, **(pil_kwargs or {})}


def write(fmt: str, target: Any, pixels_YXC: np.ndarray, dpi: float, **options: Any) -> None:
    """Write a picture.

    Args:
      fmt: one of FORMATS.
      target: path, file object or (pdf) PdfPages.
      pixels_YXC: uint8[Y, X, 4], not premultiplied.
      dpi: pixels an inch.
      options: ``metadata`` and ``pil_kwargs`` as print_png of matplotlib takes them; others are
        ignored.
    """
    metadata, pil_kwargs = options.get("metadata"), options.get("pil_kwargs")
    if fmt == "pdf":
        _write_pdf(target, pixels_YXC, dpi, metadata)
    elif fmt in VECTOR_FORMATS:
        _write_bytes(target, _VECTOR[fmt](pixels_YXC, dpi))
    elif fmt in ("raw", "rgba"):
        _write_bytes(target, pixels_YXC.tobytes())
    else:
        name = {"jpg": "jpeg", "tif": "tiff"}.get(fmt, fmt)
        if name == "png":
            pil_kwargs = png_options(pil_kwargs)
        # As print_jpg does: half-transparent figures are blended with white.
        white: Any = {"savefig.facecolor": "white"} if name == "jpeg" else {}
        with mpl.rc_context(white):
            imsave(
                target, pixels_YXC, format=name, origin="upper", dpi=int(dpi), metadata=metadata,
                pil_kwargs=pil_kwargs,
            )  # fmt: skip


def may_stay_unwritten(error: OSError, target: Any) -> bool:
    """Whether a file could not be written for want of its place; then says so on stderr.

    Where a chart is saved is no part of what it shows.
    """
    if not isinstance(target, str | bytes | os.PathLike) or error.errno not in _NO_PLACE:
        return False
    sys.stderr.write(f"{os.fsdecode(target)} is not written: {os.strerror(error.errno)}\n")
    return True


def _write_bytes(target: Any, data: bytes) -> None:
    with cbook.open_file_cm(target, "wb") as file:
        file.write(data.decode("latin-1") if cbook.file_requires_unicode(file) else data)


def _write_pdf(target: Any, pixels_YXC: np.ndarray, dpi: float, metadata: Any) -> None:
    """One page with the picture, in a file of its own or as a page of a PdfPages."""
    height, width = pixels_YXC.shape[:2]
    in_pages = isinstance(target, PdfPages)
    file: Any = target._ensure_file() if in_pages else PdfFile(target, metadata=metadata)  # pyright: ignore[reportAttributeAccessIssue]
    try:
        file.newPage(width / dpi, height / dpi)
        renderer = RendererPdf(file, dpi, height / dpi, width / dpi)
        renderer.draw_image(renderer.new_gc(), 0, 0, pixels_YXC[::-1])
        renderer.finalize()
        if not in_pages:
            file.finalize()
    finally:
        if in_pages:
            file.endStream()
        else:
            file.close()


def _png(pixels_YXC: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(np.ascontiguousarray(pixels_YXC)).save(buffer, "png", **png_options(None))
    return buffer.getvalue()


def _svg(pixels_YXC: np.ndarray, dpi: float) -> bytes:
    height, width = (72.0 * size / dpi for size in pixels_YXC.shape[:2])
    picture = base64.b64encode(_png(pixels_YXC)).decode()
    return (
        '<?xml version="1.0" encoding="utf-8" standalone="no"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width:g}pt" height="{height:g}pt" viewBox="0 0 {width:g} {height:g}" '
        'version="1.1">\n'
        f'<image width="{width:g}" height="{height:g}" '
        f'xlink:href="data:image/png;base64,{picture}"/>\n</svg>\n'
    ).encode()


def _eps(pixels_YXC: np.ndarray, dpi: float) -> bytes:
    picture = PIL.Image.fromarray(np.ascontiguousarray(pixels_YXC))
    page = PIL.Image.new("RGB", picture.size, "white")
    page.paste(picture, mask=picture)
    buffer = io.BytesIO()
    page.save(buffer, "eps", dpi=(dpi, dpi))
    return buffer.getvalue()


def _pgf(pixels_YXC: np.ndarray, dpi: float) -> bytes:
    """The size of the picture as a pgf picture; an image would have to be a second file."""
    height, width = (size / dpi for size in pixels_YXC.shape[:2])
    return (
        "\\begingroup%\n\\begin{pgfpicture}%\n"
        f"\\pgfpathrectangle{{\\pgfpointorigin}}{{\\pgfqpoint{{{width:f}in}}{{{height:f}in}}}}%\n"
        "\\pgfusepath{use as bounding box}%\n\\end{pgfpicture}%\n\\endgroup%\n"
    ).encode()


_VECTOR = {
    "ps": _eps, "eps": _eps, "svg": _svg, "pgf": _pgf,
    "svgz": lambda pixels_YXC, dpi: gzip.compress(_svg(pixels_YXC, dpi)),
}  # fmt: skip
