"""Pictures to patches: bit for bit what the reference's image processor makes of them."""

from __future__ import annotations

import dataclasses
import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from vsdpo_jax.rollout.pixels import ImageSettings, encode_image, on_canvas, smart_resize

# Limits low enough that both of them bind on small pictures; means that tell channels apart.
SETTINGS = ImageSettings(
    patch_size=16,
    temporal_patch_size=2,
    merge_size=2,
    min_pixels=64 * 64,
    max_pixels=320 * 320,
    mean=(0.5, 0.45, 0.4),
    std=(0.5, 0.3, 0.25),
)
FILE = {
    "size": {"shortest_edge": 4096, "longest_edge": 102400},
    "patch_size": 16,
    "temporal_patch_size": 2,
    "merge_size": 2,
    "image_mean": [0.5, 0.45, 0.4],
    "image_std": [0.5, 0.3, 0.25],
    "processor_class": "Qwen3VLProcessor",
    "image_processor_type": "Qwen2VLImageProcessorFast",
}


def reference(settings: ImageSettings) -> Any:
    transformers = pytest.importorskip("transformers")
    return transformers.Qwen2VLImageProcessorPil(
        patch_size=settings.patch_size,
        temporal_patch_size=settings.temporal_patch_size,
        merge_size=settings.merge_size,
        image_mean=list(settings.mean),
        image_std=list(settings.std),
        size={"shortest_edge": settings.min_pixels, "longest_edge": settings.max_pixels},
    )


@pytest.fixture(scope="module")
def theirs() -> Any:
    return reference(SETTINGS)


def noise(mode: str, width: int, height: int, seed: int = 0) -> Image.Image:
    """A picture of any mode with all values, alpha too; palettes and 16 bits made by hand."""
    rng = np.random.default_rng(seed)
    if mode == "I;16":
        values = rng.integers(0, 1 << 16, (height, width), dtype=np.uint16)
        return Image.frombytes("I;16", (width, height), values.tobytes())
    if mode in ("I", "F"):
        values = rng.integers(-50, 400, (height, width))
        return Image.fromarray(values.astype(np.int32 if mode == "I" else np.float32))
    if mode == "P":
        return noise("RGB", width, height, seed).quantize(13)
    if mode == "1":
        return noise("L", width, height, seed).convert("1")
    channels = len(Image.new(mode, (1, 1)).getbands())
    values = rng.integers(0, 256, (height, width, channels), dtype=np.uint8)
    return Image.frombytes(mode, (width, height), values.tobytes())


def assert_equal(image: Image.Image, settings: ImageSettings, theirs: Any) -> None:
    out = theirs(image, return_tensors="np")
    mine = encode_image(image, settings)
    assert list(mine.grid) == out["image_grid_thw"][0].tolist()
    assert mine.patches_PC.dtype == np.float32
    np.testing.assert_array_equal(mine.patches_PC, out["pixel_values"])


@settings(max_examples=60)
@given(width=st.integers(1, 700), height=st.integers(1, 700))
def test_sizes_are_the_references(theirs: Any, width: int, height: int) -> None:
    assume(max(width, height) < 200 * min(width, height))
    assert_equal(noise("RGB", width, height), SETTINGS, theirs)


@given(
    height=st.integers(1, 20_000),
    width=st.integers(1, 20_000),
    factor=st.sampled_from([28, 32, 48]),
    tokens=st.tuples(st.integers(1, 20_000), st.integers(1, 20_000)),
)
def test_smart_resize_is_the_references(
    height: int, width: int, factor: int, tokens: tuple[int, int]
) -> None:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize as their

    assume(max(width, height) < 200 * min(width, height))
    limits = {"min_pixels": min(tokens) * 777, "max_pixels": max(tokens) * 1024}
    size = smart_resize(height, width, factor=factor, **limits)
    assert size == their(height, width, factor=factor, **limits)
    assert all(side % factor == 0 and side >= factor for side in size)


@pytest.mark.parametrize(
    "mode", ["RGB", "RGBA", "L", "LA", "P", "CMYK", "1", "I;16", "I", "F", "YCbCr", "HSV", "LAB"]
)
@pytest.mark.parametrize("size", [(96, 64), (101, 67)])
def test_modes_are_the_references(theirs: Any, mode: str, size: tuple[int, int]) -> None:
    image = noise(mode, *size)
    assert image.mode == mode
    assert_equal(image, SETTINGS, theirs)


@pytest.mark.parametrize(
    "changes",
    [
        {"temporal_patch_size": 1},
        {"temporal_patch_size": 3},
        {"patch_size": 14, "merge_size": 3},
        {"merge_size": 1},
        {"min_pixels": 1, "max_pixels": 32 * 32},
        {"min_pixels": 50_000, "max_pixels": 50_000},
    ],
)
def test_settings_do_what_the_references_do(changes: dict[str, int]) -> None:
    settings = dataclasses.replace(SETTINGS, **changes)
    theirs = reference(settings)
    for size in ((40, 40), (333, 130), (64, 700)):
        assert_equal(noise("RGB", *size), settings, theirs)


@pytest.mark.parametrize("max_pixels", [4096, 16_384, 262_144])
@pytest.mark.parametrize(
    "size", [(1, 1), (64, 48), (3000, 10), (10, 3000), (4000, 1), (500, 20), (199, 1), (200, 1)]
)
def test_what_a_program_draws_fits_whatever_its_shape(size: Any, max_pixels: int) -> None:
    limits = dataclasses.replace(SETTINGS, min_pixels=1024, max_pixels=max_pixels)
    drawn = Image.new("RGB", size, (200, 0, 0))
    canvas = on_canvas(drawn, limits)
    assert len(encode_image(canvas, limits).patches_PC) * 16**2 <= max_pixels
    assert canvas.crop((0, 0, *size)).tobytes() == drawn.tobytes()
    if max(size) < 4 * min(size):
        assert canvas is drawn
    else:
        assert (np.asarray(canvas) == 255).all(axis=2).any() or canvas is drawn


def test_a_picture_by_hand() -> None:
    """Two tokens side by side, no resize: where every pixel goes, and what it becomes."""
    settings = ImageSettings(
        patch_size=2, temporal_patch_size=2, merge_size=2, min_pixels=1, max_pixels=1000,
        mean=(0.0, 0.5, 1.0), std=(1.0, 0.5, 2.0),
    )  # fmt: skip
    pixels_HWC = np.arange(4 * 8 * 3, dtype=np.uint8).reshape(4, 8, 3)
    encoded = encode_image(Image.fromarray(pixels_HWC), settings)
    assert encoded.grid == (1, 2, 4)
    corners = [(0, 0), (0, 2), (2, 0), (2, 2), (0, 4), (0, 6), (2, 4), (2, 6)]
    for patch_C, (y, x) in zip(encoded.patches_PC, corners, strict=True):
        block_CYX = pixels_HWC[y : y + 2, x : x + 2].transpose(2, 0, 1) / 255
        mean, std = np.array([0, 0.5, 1]), np.array([1, 0.5, 2])
        value_CYX = (block_CYX - mean[:, None, None]) / std[:, None, None]
        expected_CTYX = np.stack([value_CYX, value_CYX], axis=1)
        np.testing.assert_allclose(patch_C, expected_CTYX.ravel(), atol=1e-7)


def levels(image: Image.Image) -> list[int]:
    """The colour of a picture of one colour, 0 to 255."""
    patches_PC = encode_image(image, SETTINGS).patches_PC.reshape(-1, 3, 2 * 16 * 16)
    value_3 = patches_PC[0, :, 0]
    assert np.all(patches_PC == value_3[None, :, None])
    return np.rint((value_3 * SETTINGS.std + SETTINGS.mean) * 255).astype(int).tolist()


def test_transparency_is_laid_on_white() -> None:
    size = (64, 64)
    assert levels(Image.new("RGBA", size, (10, 20, 30, 0))) == [255, 255, 255]
    assert levels(Image.new("RGBA", size, (10, 20, 30, 255))) == [10, 20, 30]
    assert levels(Image.new("RGBA", size, (0, 100, 200, 51))) == [204, 224, 244]  # a fifth
    assert levels(Image.new("LA", size, (7, 0))) == [255, 255, 255]
    colour = Image.new("RGB", size, (1, 2, 3))
    assert levels(colour) == [1, 2, 3]
    colour.info["transparency"] = (1, 2, 3)
    assert levels(colour) == [255, 255, 255]


def test_other_modes_become_rgb_as_documented() -> None:
    size = (64, 64)
    assert levels(Image.new("L", size, 77)) == [77, 77, 77]
    assert levels(Image.new("1", size, 1)) == [255, 255, 255]
    assert levels(Image.new("CMYK", size, (255, 0, 0, 0))) == [0, 255, 255]
    palette = Image.new("P", size, 1)
    palette.putpalette([0, 0, 0, 9, 8, 7])
    assert levels(palette) == [9, 8, 7]
    assert levels(Image.new("I;16", size, 40_000)) == [255, 255, 255]
    assert levels(Image.new("I;16", size, 200)) == [200, 200, 200]


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "L", "P"])
def test_a_file_is_what_the_picture_in_it_is(tmp_path: Path, mode: str) -> None:
    image = noise(mode, 90, 70)
    image.save(tmp_path / "a.png")
    expected = encode_image(image, SETTINGS)
    for path in (tmp_path / "a.png", str(tmp_path / "a.png")):
        found = encode_image(path, SETTINGS)
        assert found.grid == expected.grid
        np.testing.assert_array_equal(found.patches_PC, expected.patches_PC)


def test_a_file_is_turned_upright(tmp_path: Path) -> None:
    image = noise("RGB", 128, 64)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    image.save(tmp_path / "a.png", exif=exif)
    turned = image.transpose(Image.Transpose.ROTATE_270)
    found = encode_image(tmp_path / "a.png", SETTINGS)
    np.testing.assert_array_equal(found.patches_PC, encode_image(turned, SETTINGS).patches_PC)


def test_the_first_frame_of_an_animation_counts(tmp_path: Path) -> None:
    first, second = (Image.new("L", (64, 64), level) for level in (30, 200))
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second])
    found = encode_image(tmp_path / "a.gif", SETTINGS)
    np.testing.assert_array_equal(found.patches_PC, encode_image(first, SETTINGS).patches_PC)


def test_the_picture_is_not_changed() -> None:
    image = noise("RGBA", 50, 60)
    before = image.tobytes()
    encode_image(image, SETTINGS)
    assert (image.mode, image.size, image.tobytes()) == ("RGBA", (50, 60), before)


def test_the_pixel_cap_caps_tokens() -> None:
    settings = dataclasses.replace(SETTINGS, max_pixels=12 * 32 * 32)
    _, rows, columns = encode_image(noise("RGB", 1000, 900), settings).grid
    assert 6 <= rows * columns // 4 <= 12


@pytest.mark.parametrize("size", [(201, 1), (1, 201), (6432, 32)])
def test_long_pictures_are_refused(theirs: Any, size: tuple[int, int]) -> None:
    image = Image.new("RGB", size)
    with pytest.raises(ValueError, match=rf"^chart: it is {size[0]} x {size[1]} .* below 200:1"):
        encode_image(image, SETTINGS, name="chart")
    with pytest.raises(ValueError, match="aspect ratio"):
        theirs(image)


def test_the_longest_picture_is_accepted(theirs: Any) -> None:
    assert_equal(noise("RGB", 199, 1), SETTINGS, theirs)
    assert_equal(noise("RGB", 10, 1999), SETTINGS, theirs)


@pytest.mark.parametrize("size", [(200, 1), (10, 2000)])
def test_an_aspect_of_exactly_the_limit_is_refused(size: tuple[int, int]) -> None:
    """As the reference's message has it, though not its comparison."""
    with pytest.raises(ValueError, match=rf"^chart: it is {size[0]} x {size[1]} .* below 200:1"):
        encode_image(Image.new("RGB", size), SETTINGS, name="chart")


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (0, 0)])
def test_pictures_of_no_pixels_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"^chart: .*at least 1 x 1"):
        encode_image(Image.new("RGB", size), SETTINGS, name="chart")


@pytest.mark.parametrize("value", [None, 3, np.zeros((8, 8, 3), np.uint8), b"bytes"])
def test_what_is_no_picture_is_named(value: Any) -> None:
    with pytest.raises(ValueError, match=rf"chart is of type {type(value).__name__}; give a PIL"):
        # Unwrapped, because the tests' own type checks would refuse it first.
        inspect.unwrap(encode_image)(value, SETTINGS, name="chart")


def test_files_that_are_no_pictures_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.png"):
        encode_image(tmp_path / "nowhere.png", SETTINGS)
    (tmp_path / "words.png").write_text("not a picture")
    (tmp_path / "empty.png").write_bytes(b"")
    for name in ("words.png", "empty.png"):
        with pytest.raises(ValueError, match=rf"{name}.*cannot be read as a picture.*is whole"):
            encode_image(tmp_path / name, SETTINGS)
    with pytest.raises(ValueError, match="cannot be read as a picture"):
        encode_image(tmp_path, SETTINGS)
    with pytest.raises(ValueError, match="is an address; download it"):
        encode_image("https://example.org/a.png", SETTINGS)


def test_a_text_too_long_for_a_path_is_named_in_few_words() -> None:
    for image in ("iVBORw0KGgo" * 500, Path("x" * 5000)):
        with pytest.raises(ValueError, match=r"no path of a file .*; give a PIL image") as caught:
            encode_image(image, SETTINGS, name="chart")
        assert len(str(caught.value)) < 400


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "bmp", "webp"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_files_are_named(tmp_path: Path, kind: str, share: float) -> None:
    whole, part = tmp_path / f"whole.{kind}", tmp_path / f"part.{kind}"
    noise("RGB", 100, 80).save(whole)
    encode_image(whole, SETTINGS)
    data = whole.read_bytes()
    part.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ValueError, match=rf"part\.{kind}.*cannot be read as a picture"):
        encode_image(part, SETTINGS)


def test_a_picture_that_decodes_late_is_named(tmp_path: Path) -> None:
    noise("RGB", 100, 80).save(tmp_path / "whole.png")
    data = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "part.png").write_bytes(data[: len(data) // 2])
    with (
        Image.open(tmp_path / "part.png") as image,
        pytest.raises(ValueError, match="chart cannot be read as a picture"),
    ):
        encode_image(image, SETTINGS, name="chart")


def write(folder: Path, name: str = "preprocessor_config.json", **changes: Any) -> Path:
    content = {k: v for k, v in (FILE | changes).items() if v is not ...}
    (folder / name).write_text(json.dumps(content))
    return folder


def test_settings_of_a_folder(tmp_path: Path) -> None:
    assert ImageSettings.from_folder(write(tmp_path)) == SETTINGS
    other = write(tmp_path, size=..., min_pixels=4096, max_pixels=102400)
    assert ImageSettings.from_folder(other) == SETTINGS
    both = write(tmp_path, min_pixels=5000, max_pixels=6000)
    assert ImageSettings.from_folder(both) == dataclasses.replace(
        SETTINGS, min_pixels=5000, max_pixels=6000
    )
    given = ImageSettings.from_folder(both, min_pixels=2000, max_pixels=3000)
    assert (given.min_pixels, given.max_pixels) == (2000, 3000)
    assert ImageSettings.from_folder(both, max_pixels=7000).min_pixels == 5000


def test_settings_that_the_reference_wrote(tmp_path: Path, theirs: Any) -> None:
    theirs.save_pretrained(tmp_path)
    assert ImageSettings.from_folder(tmp_path) == SETTINGS


def test_the_nested_file_comes_first(tmp_path: Path) -> None:
    write(tmp_path, patch_size=14)
    nested = {"image_processor": FILE, "processor_class": "Qwen3VLProcessor"}
    (tmp_path / "processor_config.json").write_text(json.dumps(nested))
    assert ImageSettings.from_folder(tmp_path).patch_size == 16
    (tmp_path / "processor_config.json").write_text('{"processor_class": "Qwen3VLProcessor"}')
    assert ImageSettings.from_folder(tmp_path).patch_size == 14


def test_a_conversion_that_is_left_open_is_none_to_refuse(tmp_path: Path) -> None:
    assert ImageSettings.from_folder(write(tmp_path, do_convert_rgb=None)) == SETTINGS
    with pytest.raises(ValueError, match="do_convert_rgb is False; only True is supported"):
        ImageSettings.from_folder(write(tmp_path, do_convert_rgb=False))


def test_what_a_folder_leaves_out_is_as_in_the_reference(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    names = ("patch_size", "temporal_patch_size", "merge_size", "size", "image_mean", "image_std")
    for left_out in (*names, *map("{} null".format, names[:3]), "all"):
        name = left_out.split()[0]
        changes = dict.fromkeys(names if name == "all" else [name], ...)
        theirs = transformers.Qwen2VLImageProcessorPil.from_pretrained(write(tmp_path, **changes))
        if "null" in left_out:
            write(tmp_path, **{name: None})
        ours = ImageSettings.from_folder(tmp_path)
        assert [getattr(ours, each) for each in names[:3]] == [
            getattr(theirs, each) for each in names[:3]
        ]
        assert (ours.min_pixels, ours.max_pixels) == (
            theirs.size["shortest_edge"], theirs.size["longest_edge"],
        )  # fmt: skip
        assert (list(ours.mean), list(ours.std)) == (
            list(theirs.image_mean), list(theirs.image_std),
        )  # fmt: skip


def test_other_spellings_of_the_same_settings_are_read(tmp_path: Path) -> None:
    for changes in (
        {"patch_size": 16.0, "size": {"shortest_edge": 4096.0, "longest_edge": 102400.0}},
        {"resample": "bicubic"}, {"resample": "BICUBIC"}, {"min_pixels": 4096.0},
    ):  # fmt: skip
        settings = ImageSettings.from_folder(write(tmp_path, **changes))
        assert settings == SETTINGS
        assert type(settings.max_pixels) is int


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"patch_size": "16"}, "patch_size is '16'; give a whole number"),
        ({"merge_size": 2.5}, "merge_size is 2.5; give a whole number"),
        ({"merge_size": True}, "merge_size is True; give a whole number"),
        ({"temporal_patch_size": 0}, "temporal_patch_size is 0"),
        ({"size": {"height": 5}}, "min_pixels is None"),
        ({"max_pixels": 4000}, "max_pixels is 4000; it has to be at least min_pixels, 4096"),
        ({"min_pixels": 1, "max_pixels": 1000}, "pixels of one token, 1024"),
        ({"image_mean": [0.5]}, r"image_mean is \[0.5\]; give three numbers"),
        ({"image_std": ["a", 1, 1]}, "image_std is"),
        ({"image_std": [0.5, 0.5, 0]}, "image_std is .* above 0"),
        ({"do_resize": False}, "do_resize is False; only True is supported"),
        ({"resample": 2}, "resample is 2; only"),
        ({"resample": "bilinear"}, "resample is 'bilinear'; only"),
        ({"rescale_factor": 1}, "rescale_factor is 1; only"),
    ],
)
def test_bad_settings_are_named(tmp_path: Path, changes: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match) as caught:
        ImageSettings.from_folder(write(tmp_path, **changes))
    assert "preprocessor_config.json" in str(caught.value)


def test_missing_and_broken_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"preprocessor_config\.json does not exist"):
        ImageSettings.from_folder(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text("{")
    with pytest.raises(ValueError, match="is not JSON"):
        ImageSettings.from_folder(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text("[1]")
    with pytest.raises(ValueError, match="expected an object"):
        ImageSettings.from_folder(tmp_path)
