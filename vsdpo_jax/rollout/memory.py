"""Whether a program fits the device, by the compiler's own figures, before it takes memory."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jax

from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, VisionInputs
from vsdpo_jax.rollout.batch import PromptTooLongError, bucket_lengths

GIB = 2**30

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


Lower = Callable[[int, VisionInputs | None], jax.stages.Lowered]
"""(columns of tokens, shapes of images) -> a program."""


class Room:
    """Compares what a model's programs need with what its device has free."""

    def __init__(self, config: Qwen3VLConfig) -> None:
        self._vision = config.vision
        self._needed: dict[tuple, int | None] = {}

    def check(
        self,
        params: Any,
        lower: Lower,
        program: tuple,
        columns: int,
        vision: VisionInputs | None,
        what: str,
    ) -> None:
        """Refuses a call that the device has no room for, and finds what it has room for.

        Args:
          params: of the model, on one device.
          lower: the call's program, at any length.
          program: what tells it from other programs.
          columns: S, of the call's tokens.
          vision: its images.
          what: it, in the words that begin the error.

        Raises:
          PromptTooLongError: more bytes are needed than are free; with the length that fits.
        """
        patches = 0 if vision is None else vision.patches_BMPC.shape[2]
        needed = partial(self._bytes, params, lower, program, vision)
        device = next(iter(jax.tree.leaves(params)[0].devices()))
        taken, free = needed(columns, patches), free_bytes(device)
        if taken is None or free is None or taken <= free:
            return
        part = {size: self._part(patches, size, columns) for size in bucket_lengths(columns - 1)}
        sizes = [size for size in part if vision is None or part[size]]
        size = largest_that_fits(sizes, lambda size: needed(size, part[size]), free)
        raise PromptTooLongError(
            f"{what}: that takes {taken / GIB:.3f} GiB, and {free / GIB:.3f} GiB are free "
            f"({device.platform}); {self._advice(size, part.get(size, 0))}"
        )

    def _bytes(
        self,
        params: Any,
        lower: Lower,
        program: tuple,
        vision: VisionInputs | None,
        columns: int,
        patches: int,
    ) -> int | None:
        images = 0 if vision is None else vision.patches_BMPC.shape[1]
        key = (*program, columns, images, patches)
        if key not in self._needed:
            shapes = None if vision is None else _shapes(vision, patches, columns)
            self._needed[key] = needed_bytes(lower(columns, shapes), params)
        return self._needed[key]

    def _part(self, patches: int, size: int, columns: int) -> int:
        """As many patches beside ``size`` columns as there are beside all, rounded as calls do."""
        if self._vision is None:
            return 0
        in_token = self._vision.patches_per_token
        return in_token * max(bucket_lengths(patches * size // columns // in_token), default=0)

    def _advice(self, size: int, patches: int) -> str:
        if not size:
            return "nothing that is much shorter fits either: free memory, or use a smaller model"
        advice = f"{size} tokens in all fit"
        if patches and self._vision is not None:
            pixels = patches * self._vision.patch_size**2
            advice += f", with pictures of {pixels} pixels: load with max_pixels={pixels}"
        return advice


def _shapes(vision: VisionInputs, patches: int, columns: int) -> VisionInputs:
    """Of images with so many places for patches, in so many columns of text."""

    def sized(x: Any, axis: int, size: int) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype)

    return VisionInputs(
        patches_BMPC=sized(vision.patches_BMPC, 2, patches),
        patch_mask_BMP=sized(vision.patch_mask_BMP, 2, patches),
        taps_BM4P=sized(vision.taps_BM4P, 3, patches),
        tap_weights_BM4P=sized(vision.tap_weights_BM4P, 3, patches),
        place_BM2P=sized(vision.place_BM2P, 3, patches),
        slot_BS=sized(vision.slot_BS, 1, columns),
        positions_B3S=sized(vision.positions_B3S, 2, columns),
    )


def needed_bytes(lowered: jax.stages.Lowered, resident: Any) -> int | None:
    """Memory that a program takes besides what is there.

    Compiles it; a call of the same function with arguments of these shapes compiles nothing more.

    Args:
      lowered: the program.
      resident: arguments that are on the device already, such as the parameters.

    Returns:
      Bytes of its other arguments, results and temporaries; None where the backend does not tell.
    """
    analysis = lowered.compile().memory_analysis()
    if analysis is None:
        return None
    held = sum(leaf.nbytes for leaf in jax.tree.leaves(resident))
    arguments = max(analysis.argument_size_in_bytes - held, 0)
    results = analysis.output_size_in_bytes - analysis.alias_size_in_bytes
    return arguments + results + analysis.temp_size_in_bytes


def free_bytes(device: Any) -> int | None:
    """Memory that a device has left; of the host (or its container) for a CPU. None: unknown."""
    stats = device.memory_stats() or {}
    if "bytes_limit" in stats:
        return stats["bytes_limit"] - stats["bytes_in_use"]
    if device.platform != "cpu":
        return None
    found = [free for free in (_free_of_host(), _free_of_container()) if free is not None]
    return min(found, default=None)


def largest_that_fits(sizes: Sequence[int], needed: Callable[[int], int | None], free: int) -> int:
    """The largest of ``sizes``, ascending, for which ``needed`` bytes are free; 0: none."""
    return [0, *sizes][bisect.bisect_right(sizes, free, key=lambda size: needed(size) or 0)]


def _free_of_host() -> int | None:
    try:
        lines = _MEMINFO.read_text().splitlines()
    except OSError:  # no Linux
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return 1024 * int(line.split()[1])
    return None


def _free_of_container() -> int | None:
    """Of a cgroup (version 2) with a limit; pages of files that it may drop count as free."""
    try:
        limit = float((_CGROUP / "memory.max").read_text().replace("max", "inf"))
        used = int((_CGROUP / "memory.current").read_text())
        pages = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return None
    if math.isinf(limit):
        return None
    return max(int(limit) - used + int(pages.get("inactive_file", 0)), 0)
