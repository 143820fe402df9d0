"""Pictures in chats: the reference's patches, places and refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chats import CHAT, HUGE, SMALL, WIDE, image, picture, text, user
from PIL import Image
from tiny_folder import copy_with

from vsdpo_jax.rollout.pixels import ImageSettings, encode_image
from vsdpo_jax.rollout.processor import Processor


@pytest.fixture(scope="module")
def reference(tokenizer_folder: Path) -> Any:
    return pytest.importorskip("transformers").AutoTokenizer.from_pretrained(tokenizer_folder)


@pytest.fixture(scope="module")
def image_reference(image_folder: Path, reference: Any) -> Any:
    """Qwen3VLProcessor without its video part, which needs torchvision."""
    transformers = pytest.importorskip("transformers")

    class WithoutVideo(transformers.Qwen3VLProcessor):
        @classmethod
        def get_attributes(cls) -> list[str]:
            return ["image_processor", "tokenizer"]

        def __init__(self, image_processor: Any, tokenizer: Any) -> None:
            super().__init__(image_processor, tokenizer, None)

    pictures = transformers.Qwen2VLImageProcessorPil.from_pretrained(image_folder)
    return WithoutVideo(pictures, reference)


CONVERSATIONS = [
    CHAT,
    [user(image(SMALL))],
    [user(text("before"), image(SMALL), text(" after\n"))],
    [user(image(WIDE), text("Ä 🙂"), image(SMALL), image(HUGE), text("x"))],
    [
        user(text("draw"), image(SMALL)),
        {"role": "assistant", "content": "done"},
        user(image(WIDE)),
    ],
]


@pytest.mark.parametrize("messages", CONVERSATIONS)
@pytest.mark.parametrize("generation_prompt", [True, False])
def test_images_are_the_references(
    with_images: Processor, image_reference: Any, messages: list[Any], generation_prompt: bool
) -> None:
    encoded = with_images.encode_multimodal(messages, add_generation_prompt=generation_prompt)
    words = with_images.chat_text(messages, add_generation_prompt=generation_prompt)
    items = [item for m in messages if not isinstance(m["content"], str) for item in m["content"]]
    images = [item["image"] for item in items if item["type"] == "image"]
    out = image_reference(text=[words], images=images or None, return_tensors="np")
    assert encoded.ids.dtype == np.int32
    assert encoded.ids.tolist() == out["input_ids"][0].tolist()
    assert len(encoded.images) == len(images)
    if images:
        assert [list(each.grid) for each in encoded.images] == out["image_grid_thw"].tolist()
        patches_PC = np.concatenate([each.patches_PC for each in encoded.images])
        np.testing.assert_array_equal(patches_PC, out["pixel_values"])


def test_chat_text_with_images_is_the_references(with_images: Processor, reference: Any) -> None:
    for messages in CONVERSATIONS:
        theirs = reference.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        assert with_images.chat_text(messages) == theirs


def test_an_image_by_hand(with_images: Processor, processor: Processor) -> None:
    """64 x 96 pixels are 2 x 3 tokens."""
    start, token, end = (
        int(processor.encode(f"<|{name}|>")[0])
        for name in ("vision_start", "image_pad", "vision_end")
    )
    assert with_images.image_token_id == token
    encoded = with_images.encode_multimodal(
        [user(text("ab"), image(picture(96, 64)))], add_generation_prompt=False
    )
    head = processor.encode("<|im_start|>user\nab").tolist()
    tail = processor.encode("<|im_end|>\n").tolist()
    assert encoded.ids.tolist() == [*head, start, *[token] * 6, end, *tail]
    assert encoded.images[0].grid == (1, 4, 6)


def test_paths_are_read(with_images: Processor, tmp_path: Path) -> None:
    SMALL.save(tmp_path / "a.png")
    expected = with_images.encode_multimodal([user(image(SMALL))])
    for path in (tmp_path / "a.png", str(tmp_path / "a.png")):
        found = with_images.encode_multimodal([user(image(path))])
        assert found.ids.tolist() == expected.ids.tolist()
        np.testing.assert_array_equal(found.images[0].patches_PC, expected.images[0].patches_PC)


def test_text_alone_is_encoded_alike(with_images: Processor, processor: Processor) -> None:
    for some in (with_images, processor):
        encoded = some.encode_multimodal(CHAT)
        assert encoded.ids.tolist() == some.encode_chat(CHAT).tolist()
        assert encoded.images == ()


def test_the_pixel_limits_can_be_set(image_folder: Path) -> None:
    small = Processor(image_folder, max_pixels=4096)
    settings = ImageSettings.from_folder(image_folder, max_pixels=4096)
    assert small.image_settings == settings
    (encoded,) = small.encode_multimodal([user(image(HUGE))]).images
    np.testing.assert_array_equal(encoded.patches_PC, encode_image(HUGE, settings).patches_PC)
    assert len(encoded.patches_PC) <= 16
    large = Processor(image_folder, min_pixels=20_000).encode_multimodal([user(image(SMALL))])
    assert len(large.images[0].patches_PC) * 256 >= 20_000


def test_a_folder_of_text_alone_refuses_images(processor: Processor) -> None:
    assert processor.image_settings is None
    with pytest.raises(ValueError, match=r"messages\[0\]\['content'\]\[1\] .* has no preproc"):
        processor.encode_multimodal([user(text("x"), image(SMALL))])


def test_a_processor_file_without_image_settings_is_text_alone(
    image_folder: Path, tmp_path: Path
) -> None:
    name, content = "processor_config.json", '{"processor_class": "Qwen3VLProcessor"}'
    folder = copy_with(image_folder, tmp_path / "copy", name, content)
    assert Processor(folder).image_settings is not None
    (folder / "preprocessor_config.json").unlink()
    found = Processor(folder)
    assert found.image_settings is None
    assert found.encode_multimodal(CHAT).ids.tolist() == found.encode_chat(CHAT).tolist()
    with pytest.raises(ValueError, match=r"has no preprocessor_config\.json"):
        found.encode_multimodal([user(image(SMALL))])


def test_encode_chat_refuses_images(with_images: Processor) -> None:
    with pytest.raises(ValueError, match=r"\['content'\]\[0\] is an image; .*encode_multimodal"):
        with_images.encode_chat([user(image(SMALL))])


@pytest.mark.parametrize(
    ("messages", "match"),
    [
        (
            [{"role": "user", "content": "a <|image_pad|> b"}],
            "1 image placeholders .* for 0 images",
        ),
        (
            [user(image(SMALL), text("<|image_pad|>"))],
            r"has 2 image .* for 1 .*\['content'\]\[1\] sp",
        ),
        ([user(text("<|image_"), text("pad|>"))], "1 image placeholders .* for 0 images"),
        ([user(text("<|video_pad|>"))], "1 video placeholders"),
    ],
)
def test_placeholders_in_texts_are_refused(
    with_images: Processor, messages: list[Any], match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        with_images.encode_multimodal(messages)


def test_images_that_the_template_leaves_out_are_counted(
    image_folder: Path, tmp_path: Path
) -> None:
    template = "{% for m in messages %}{{ m.content if m.content is string else '-' }}{% endfor %}"
    folder = copy_with(image_folder, tmp_path / "copy", "chat_template.jinja", template)
    with pytest.raises(ValueError, match=r"has 0 image placeholders .* for 1 images; the template"):
        Processor(folder).encode_multimodal([user(image(SMALL))])
    # As many as there are images, but not where the image stood.
    written = {"role": "user", "content": "<|image_pad|>"}
    with pytest.raises(ValueError, match=r"1 image placeholders .* for 1 .*messages\[1\].* spells"):
        Processor(folder).encode_multimodal([user(image(SMALL)), written])


@pytest.mark.parametrize(
    ("source", "match"),
    [
        (Image.new("RGB", (0, 3)), r"messages\[1\]\['content'\]\[1\]: .*at least 1 x 1"),
        (Image.new("RGB", (900, 4)), r"messages\[1\]\['content'\]\[1\]: .*below 200:1"),
        (__file__, r"messages\[1\]\['content'\]\[1\] '.*test_processor_images.py' cannot be read"),
    ],
)
def test_bad_images_are_named(with_images: Processor, source: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        with_images.encode_multimodal([user(image(SMALL)), user(text("x"), image(source))])


def test_a_missing_image_is_named(with_images: Processor) -> None:
    with pytest.raises(FileNotFoundError, match=r"messages\[0\].*nowhere\.png"):
        with_images.encode_multimodal([user(image("nowhere.png"))])


def test_broken_image_settings_are_named(image_folder: Path, tmp_path: Path) -> None:
    content = '{"patch_size": "16"}'
    folder = copy_with(image_folder, tmp_path / "copy", "preprocessor_config.json", content)
    with pytest.raises(ValueError, match=r"preprocessor_config\.json: patch_size is '16'"):
        Processor(folder)
