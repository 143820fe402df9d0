"""Movies without the programs that encode them.

ffmpeg and ImageMagick are processes of their own, which a locked program may not start. Their
writers collect the frames as Pillow's does and leave an animated GIF under the name that was asked
for: the picture that counts is the last frame.

Standard library and plotting stack only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

from typing import Any

import PIL.Image
from matplotlib import animation
from matplotlib.animation import PillowWriter

_WRITERS = {
    "ffmpeg": "FFMpegWriter", "ffmpeg_file": "FFMpegFileWriter", "imagemagick": "ImageMagickWriter",
    "imagemagick_file": "ImageMagickFileWriter",
}  # fmt: skip


class MovieWriter(PillowWriter):
    """A movie writer with the arguments of matplotlib's, that writes a GIF."""

    def __init__(
        self, fps: Any = 5, codec: Any = None, bitrate: Any = None, extra_args: Any = None,
        metadata: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(fps, metadata=metadata, codec=codec, bitrate=bitrate)


def install() -> None:
    """Replace the writers that start processes. Once a process."""
    for name, class_name in _WRITERS.items():
        animation.writers.register(name)(MovieWriter)
        setattr(animation, class_name, MovieWriter)

    def finish(self: Any) -> None:
        suffix = str(self.outfile).rpartition(".")[2].lower()
        known = PIL.Image.registered_extensions()
        first, *others = self._frames
        first.save(
            self.outfile,
            format=known.get(f".{suffix}", "GIF"),
            save_all=True,
            append_images=others,
            duration=int(1000 / self.fps),
            loop=0,
        )

    PillowWriter.finish = finish
