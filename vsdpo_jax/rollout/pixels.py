"""Pictures to the patches that the vision tower reads, with Pillow and numpy alone.

Equal to the last bit to transformers' image processor of Qwen2-VL and Qwen3-VL on its Pillow
backend (Qwen2VLImageProcessorPil): fit the size, bicubic resize in uint8, rescale and normalise,
patches in merge-block order.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image, ImageOps

from vsdpo_jax.models.qwen3_vl.geometry import EncodedImage

ImageSource = Image.Image | str | Path

MAX_ASPECT = 200
"""Longest side over shortest, from which on a picture is refused. The reference says that it has to
be smaller, and takes a picture of exactly this aspect all the same."""
MAX_SHOWN = 200
"""Longest path in an error, in characters."""

PREPROCESSOR_FILE = "preprocessor_config.json"
PROCESSOR_FILE = "processor_config.json"

# What the reference could be told to do otherwise, and this code does not.
_SUPPORTED: tuple[tuple[str, Any], ...] = (
    ("do_convert_rgb", True), ("do_resize", True), ("do_rescale", True), ("do_normalize", True),
    ("resample", Image.Resampling.BICUBIC), ("rescale_factor", 1 / 255),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ImageSettings:
    """How a model folder wants its pictures.

    Attributes:
      patch_size: side of a patch in pixels.
      temporal_patch_size: frames in a patch; a still picture is repeated as often.
      merge_size: patches along each side of the block that becomes one token.
      min_pixels, max_pixels: area, in pixels, that a picture is enlarged or reduced to. One token
        is (patch_size * merge_size) ** 2 pixels, so max_pixels caps the tokens of a picture.
      mean, std: per channel (red, green, blue), for values in [0, 1].
    """

    patch_size: int
    temporal_patch_size: int
    merge_size: int
    min_pixels: int
    max_pixels: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __post_init__(self) -> None:
        for name in ("patch_size", "temporal_patch_size", "merge_size", "min_pixels"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it has to be 1 or more")
        if self.max_pixels < max(self.min_pixels, self.factor**2):
            raise ValueError(
                f"max_pixels is {self.max_pixels}; it has to be at least min_pixels, "
                f"{self.min_pixels}, and the pixels of one token, {self.factor**2}"
            )
        if min(self.std) <= 0:
            raise ValueError(f"image_std is {list(self.std)}; it has to be above 0")

    @property
    def factor(self) -> int:
        """Side in pixels of the square that becomes one token."""
        return self.patch_size * self.merge_size

    @classmethod
    def from_folder(
        cls, folder: str | Path, *, min_pixels: int | None = None, max_pixels: int | None = None
    ) -> ImageSettings:
        """Reads ``folder``'s preprocessor_config.json.

        The pixel limits are read from min_pixels and max_pixels or from size.shortest_edge and
        size.longest_edge; the first spelling wins. A processor_config.json with an
        "image_processor" object comes before preprocessor_config.json, as in the reference.

        Args:
          folder: a model folder.
          min_pixels, max_pixels: instead of the folder's.

        Raises:
          FileNotFoundError: the folder has neither file.
          ValueError: fields that are missing, of another kind or unsupported, by name.
        """
        path, content = _read(Path(folder))
        _check_supported(path, content)
        content = _DEFAULTS | {name: value for name, value in content.items() if value is not None}
        size = content.get("size")
        size = size if isinstance(size, Mapping) else {}
        limits = {
            "min_pixels": (min_pixels, content.get("min_pixels"), size.get("shortest_edge")),
            "max_pixels": (max_pixels, content.get("max_pixels"), size.get("longest_edge")),
        }
        found = {name: _first_given(values) for name, values in limits.items()}
        found |= {name: content.get(name) for name in _COUNTS if name not in limits}
        found = {name: _whole(path, name, value) for name, value in found.items()}
        try:
            return cls(
                **found,
                mean=_triple(content, "image_mean"),
                std=_triple(content, "image_std"),
            )
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error


# What the reference's image processor takes for what a folder does not say. Its patches are those
# of Qwen2-VL: a Qwen3-VL folder that leaves patch_size out does not fit its model.
_DEFAULTS: dict[str, Any] = {
    "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2,
    "size": {"shortest_edge": 56 * 56, "longest_edge": 28 * 28 * 1280},
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}  # fmt: skip
_COUNTS = ("patch_size", "temporal_patch_size", "merge_size", "min_pixels", "max_pixels")


def smart_resize(
    height: int, width: int, *, factor: int, min_pixels: int, max_pixels: int
) -> tuple[int, int]:
    """(height, width) in whole multiples of ``factor``, close to the shape and within the limits.

    Each side is rounded to the nearest multiple; where the area is then too large or too small,
    both sides are scaled to the limit instead and rounded towards it. Only a picture so long that
    its short side would vanish may exceed ``max_pixels``: a side is never below ``factor``.

    Raises:
      ValueError: a side of no pixels, or one that is 200 times the other or more.
    """
    if min(height, width) < 1:
        raise ValueError(f"it is {width} x {height} pixels; a picture needs at least 1 x 1")
    if max(height, width) >= MAX_ASPECT * min(height, width):
        raise ValueError(
            f"it is {width} x {height} pixels, but its aspect has to be below {MAX_ASPECT}:1; crop "
            "it or split it"
        )
    area = round(height / factor) * factor * (round(width / factor) * factor)
    # The order of the divisions is the reference's: another one rounds other sizes up.
    if area > max_pixels:
        shrink = math.sqrt((height * width) / max_pixels)
        return (
            max(factor, math.floor(height / shrink / factor) * factor),
            max(factor, math.floor(width / shrink / factor) * factor),
        )
    if area < min_pixels:
        grow = math.sqrt(min_pixels / (height * width))
        return (
            math.ceil(height * grow / factor) * factor,
            math.ceil(width * grow / factor) * factor,
        )
    return round(height / factor) * factor, round(width / factor) * factor


def on_canvas(image: Image.Image, settings: ImageSettings) -> Image.Image:
    """A picture that can be encoded within ``settings.max_pixels``, whatever a program drew.

    One that is too long for its width (the reference takes none of 200:1, and strips of fewer may
    need more than max_pixels) is laid on white, at the top left; any other comes back itself.
    """
    most = min(MAX_ASPECT - 1, settings.max_pixels // settings.factor**2)
    least = -(-max(image.size) // most)
    if min(image.size) >= least:
        return image
    canvas = Image.new("RGB", (max(image.width, least), max(image.height, least)), "white")
    canvas.paste(image, (0, 0))
    return canvas


def encode_image(
    image: ImageSource, settings: ImageSettings, *, name: str = "image"
) -> EncodedImage:
    """The patches of a picture, resized to the settings' limits where it is beyond them.

    Pictures of any Pillow mode become RGB. Transparency, be it an alpha channel or a transparent
    colour, is laid on white, as in the reference's processor. Other modes are converted as Pillow
    does: palettes looked up, grey repeated, CMYK by its plain formula, and 16-bit grey cut at 255
    rather than scaled (scale it before if it holds more). Of an animation the first frame counts.

    Args:
      image: a Pillow picture, taken as it is; or the path of a file, which is turned upright by
        its EXIF orientation.
      settings: how the model wants it.
      name: what errors call a picture that has no path.

    Raises:
      FileNotFoundError: no file at the path.
      ValueError: not a picture, a damaged one, or one of impossible size; the picture is named.
    """
    if isinstance(image, str | Path):
        name = f"{name} {_shown(str(image))!r}"
    elif not isinstance(image, Image.Image):
        raise ValueError(
            f"{name} is of type {type(image).__name__}; give a PIL image or the path of a file"
        )
    opened = image if isinstance(image, Image.Image) else _open(image, name)
    try:
        height, width = smart_resize(
            opened.height,
            opened.width,
            factor=settings.factor,
            min_pixels=settings.min_pixels,
            max_pixels=settings.max_pixels,
        )
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    pixels_HWC = np.asarray(_rgb(opened, name).resize((width, height), Image.Resampling.BICUBIC))
    grid = (1, height // settings.patch_size, width // settings.patch_size)
    return EncodedImage(patches_PC=_patches(pixels_HWC, settings), grid=grid)


def _open(path: str | Path, name: str) -> Image.Image:
    """The picture in a file, decoded and upright."""
    if str(path).startswith(("http://", "https://", "data:")):
        raise ValueError(f"{name} is an address; download it and give the path of the file")
    try:
        is_there = Path(path).exists()
    except OSError as error:  # encoded pictures are longer than a path can be
        raise ValueError(
            f"{name} is no path of a file ({error.strerror}); give a PIL image or the path of a "
            "file"
        ) from error
    if not is_there:
        raise FileNotFoundError(f"{name} does not exist")
    try:
        with Image.open(path) as file:
            return ImageOps.exif_transpose(file)
    except Exception as error:  # decoders raise many kinds for damaged files
        raise _damaged(name, error) from error


def _shown(path: str) -> str:
    return path if len(path) <= MAX_SHOWN else f"{path[:MAX_SHOWN]}..."


def _rgb(image: Image.Image, name: str) -> Image.Image:
    try:
        if "A" not in image.getbands() and image.info.get("transparency") is None:
            return image.convert("RGB")
        image = image.convert("RGBA")
    except Exception as error:  # pictures decode on first use
        raise _damaged(name, error) from error
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, image).convert("RGB")


def _damaged(name: str, error: Exception) -> ValueError:
    return ValueError(
        f"{name} cannot be read as a picture ({error}); check that the file is whole and of a "
        "format that Pillow reads, such as PNG or JPEG"
    )


def _patches(
    pixels_HWC: UInt8[np.ndarray, "H W 3"], settings: ImageSettings
) -> Float32[np.ndarray, "P C"]:
    """Rows (channel, frame, y, x); blocks of merge_size^2 patches that become a token adjoin."""
    side, merge = settings.patch_size, settings.merge_size
    rows, columns = pixels_HWC.shape[0] // settings.factor, pixels_HWC.shape[1] // settings.factor
    split = pixels_HWC.reshape(rows, merge, side, columns, merge, side, 3)
    code_P3X = split.transpose(0, 3, 1, 4, 6, 2, 5).reshape(-1, 3, 1, side * side)
    shape = (len(code_P3X), 3, settings.temporal_patch_size, side * side)
    value_P3TX = np.empty(shape, np.float32)
    for channel, value_256 in enumerate(_values(settings)):
        value_P3TX[:, channel] = value_256[code_P3X[:, channel]]
    return value_P3TX.reshape(len(code_P3X), -1)


def _values(settings: ImageSettings) -> Float32[np.ndarray, "3 256"]:
    """What each of the 256 levels becomes in each channel.

    Rescaled in float64, normalised in float32: the reference's order of roundings.
    """
    level_256 = (np.arange(256, dtype=np.float64) * (1 / 255)).astype(np.float32)
    mean_3 = np.asarray(settings.mean, np.float32)
    std_3 = np.asarray(settings.std, np.float32)
    return (level_256[None] - mean_3[:, None]) / std_3[:, None]


def has_image_settings(folder: Path) -> bool:
    """Whether a file of ``folder`` says how pictures are prepared.

    Raises:
      ValueError: processor_config.json is no object; the message names it.
    """
    return (folder / PREPROCESSOR_FILE).exists() or _nested(folder) is not None


def _nested(folder: Path) -> Mapping[str, Any] | None:
    path = folder / PROCESSOR_FILE
    content = read_object(path).get("image_processor") if path.exists() else None
    return content if isinstance(content, Mapping) else None


def _read(folder: Path) -> tuple[Path, Mapping[str, Any]]:
    """The object that describes the image processor, and the file that holds it."""
    nested, plain = _nested(folder), folder / PREPROCESSOR_FILE
    if nested is not None:
        return folder / PROCESSOR_FILE, nested
    if not plain.exists():
        raise FileNotFoundError(
            f"{plain} does not exist; a model folder needs it to read pictures: copy it from the "
            "checkpoint that the weights came from"
        )
    return plain, read_object(plain)


def read_object(path: Path) -> dict[str, Any]:
    """The object that a JSON file of a model folder holds.

    Raises:
      ValueError: it holds something else; the message names the file.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds a {type(content).__name__}; expected an object")
    return content


def _check_supported(path: Path, content: Mapping[str, Any]) -> None:
    for name, supported in _SUPPORTED:
        if name == "do_convert_rgb" and content.get(name, True) is None:
            continue  # folders that leave it open mean RGB pictures, which stay as they are
        value = content.get(name, supported)
        if name == "resample" and isinstance(value, str) and value.upper() == supported.name:
            continue
        if value != supported:
            raise ValueError(
                f"{path}: {name} is {content[name]!r}; only {supported!r} is supported"
            )


def _whole(path: Path, name: str, value: Any) -> int:
    """A count; written as a float it is as good where nothing is lost."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{path}: {name} is {value!r}; give a whole number")
    return value


def _first_given(values: tuple[Any, ...]) -> Any:
    return next((value for value in values if value is not None), None)


def _triple(content: Mapping[str, Any], name: str) -> tuple[float, float, float]:
    value = content.get(name)
    if (
        not isinstance(value, list | tuple)
        or len(value) != 3
        or not all(isinstance(part, int | float) and math.isfinite(part) for part in value)
    ):
        raise ValueError(f"{name} is {value!r}; give three numbers, one a channel")
    return float(value[0]), float(value[1]), float(value[2])
