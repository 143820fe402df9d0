from __future__ import annotations

import inspect
import json
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from vsdpo_jax.rollout.bpe import SPECIAL_TOKENS
from vsdpo_jax.rollout.pixels import ImageSettings, encode_image
from vsdpo_jax.rollout.processor import Processor

PROPERTY = st.lists(st.integers(0, 599), max_size=60)
CHAT = [
    {"role": "user", "content": "Draw 3 bars: Ä, 日本, 🙂.\n\n"},
    {
        "role": "assistant",
        "content": [{"type": "text", "text": "a"}, {"type": "text", "text": " b"}],
    },
    {"role": "user", "content": ""},
]


@pytest.fixture(scope="module")
def reference(tokenizer_folder: Path) -> Any:
    return pytest.importorskip("transformers").AutoTokenizer.from_pretrained(tokenizer_folder)


@given(ids=PROPERTY)
def test_spans_are_consecutive_and_cover_the_text(processor: Processor, ids: list[int]) -> None:
    text, offsets = processor.decode(ids)
    assert offsets.shape == (len(ids), 2)
    assert offsets.dtype == np.int32
    assert np.all(offsets[:, 0] <= offsets[:, 1])
    assert np.array_equal(offsets[:, 0], np.append(0, offsets[:, 1])[: len(ids)])
    assert "".join(text[start:end] for start, end in offsets) == text
    assert len(text) == (offsets[-1, 1] if ids else 0)


@given(ids=PROPERTY)
def test_text_is_the_reference_decoders(
    processor: Processor, reference: Any, ids: list[int]
) -> None:
    assert processor.decode(ids)[0] == reference.decode(ids, skip_special_tokens=True)


@given(ids=PROPERTY)
def test_offsets_of_a_beginning_are_the_beginning_of_the_offsets(
    processor: Processor, ids: list[int]
) -> None:
    """What follows may complete a character (its last piece counts) but moves no complete one."""
    text, offsets = processor.decode(ids)
    for length in range(len(ids)):
        part, part_offsets = processor.decode(ids[:length])
        if "\ufffd" not in part:
            assert text.startswith(part)
            assert np.array_equal(part_offsets, offsets[:length])


@given(text=st.text(max_size=80))
def test_any_text_survives_up_to_unicode_normalisation(processor: Processor, text: str) -> None:
    assume(not any(token in text for token in SPECIAL_TOKENS))
    ids = processor.encode(text)
    assert ids.dtype == np.int32
    assert processor.decode(ids)[0] == unicodedata.normalize("NFC", text)


@given(text=st.text(alphabet="aé日🙂\n", max_size=30))
def test_a_split_character_belongs_to_the_piece_that_completes_it(
    processor: Processor, text: str
) -> None:
    single = {bytes([byte]): processor_id(processor, bytes([byte])) for byte in range(256)}
    ids = [single[bytes([byte])] for byte in text.encode()]
    decoded, offsets = processor.decode(ids)
    assert decoded == text
    place = 0
    for index, letter in enumerate(text):
        width = len(letter.encode())
        assert offsets[place : place + width - 1].tolist() == [[index, index]] * (width - 1)
        assert offsets[place + width - 1].tolist() == [index, index + 1]
        place += width


def processor_id(processor: Processor, piece: bytes) -> int:
    return processor.token_bytes.index(piece)


def test_invalid_bytes_become_replacement_characters(processor: Processor) -> None:
    # 0xE2 0x82 begins a three-byte character that "A" cuts short; 0xFF begins nothing.
    ids = [processor_id(processor, bytes([byte])) for byte in (0xE2, 0x82, 0x41, 0xFF, 0xE2)]
    text, offsets = processor.decode(ids)
    assert text == "\ufffdA\ufffd\ufffd"
    assert offsets.tolist() == [[0, 0], [0, 1], [1, 2], [2, 3], [3, 4]]


def test_special_tokens_are_empty_even_inside_a_character(processor: Processor) -> None:
    first, last = (processor_id(processor, bytes([byte])) for byte in "é".encode())
    stop = processor.stop_ids[0]
    text, offsets = processor.decode([stop, first, stop, last, stop])
    assert text == "é"
    assert offsets.tolist() == [[0, 0], [0, 0], [0, 0], [0, 1], [1, 1]]


def test_decode_of_nothing(processor: Processor) -> None:
    text, offsets = processor.decode([])
    assert (text, offsets.shape) == ("", (0, 2))


@pytest.mark.parametrize("token", [-1, 600, 151_936])
def test_ids_outside_the_vocabulary_are_named(processor: Processor, token: int) -> None:
    with pytest.raises(ValueError, match=rf"token id {token} .* 600 ids"):
        processor.decode([5, token])


@pytest.mark.parametrize("generation_prompt", [True, False])
def test_chat_format_is_the_references(
    processor: Processor, reference: Any, generation_prompt: bool
) -> None:
    text = processor.chat_text(CHAT, add_generation_prompt=generation_prompt)
    expected = (
        "<|im_start|>user\nDraw 3 bars: Ä, 日本, 🙂.\n\n<|im_end|>\n"
        "<|im_start|>assistant\na b<|im_end|>\n<|im_start|>user\n<|im_end|>\n"
    )
    assert text == expected + "<|im_start|>assistant\n" * generation_prompt
    ids = processor.encode_chat(CHAT, add_generation_prompt=generation_prompt)
    asked = {"add_generation_prompt": generation_prompt, "return_dict": False}
    assert ids.tolist() == list(reference.apply_chat_template(CHAT, **asked))


def test_messages_are_read_once(with_images: Processor) -> None:
    messages = [user(text("draw"), image(SMALL)), {"role": "assistant", "content": "done"}]
    for encode in (with_images.chat_text, with_images.encode_multimodal):
        found, expected = encode(iter(messages)), encode(messages)
        if not isinstance(found, str):
            assert len(found.images) == 1
            found, expected = found.ids.tolist(), expected.ids.tolist()
        assert found == expected
    assert (
        with_images.encode_chat(m for m in CHAT).tolist() == with_images.encode_chat(CHAT).tolist()
    )
    with pytest.raises(ValueError, match="messages is empty"):
        with_images.encode_chat(iter([]))


@pytest.mark.parametrize("messages", [None, 5, "hi", CHAT[0]])
def test_what_is_no_list_of_messages_is_named(processor: Processor, messages: Any) -> None:
    match = f"messages is of type {type(messages).__name__}; give a list"
    with pytest.raises(ValueError, match=match):
        # Unwrapped, because the tests' own type checks would refuse it first.
        inspect.unwrap(Processor.encode_chat)(processor, messages)


def test_half_surrogate_pairs_are_named(processor: Processor) -> None:
    with pytest.raises(ValueError, match=r"the text holds half .* \('\\ud800', character 1\)"):
        processor.encode("a\ud800")
    for message, place in (
        ({"role": "user", "content": "\udfff"}, r"\['content'\]"),
        ({"role": "user", "content": [text("\udfff")]}, r"\['content'\]\[0\]\['text'\]"),
        ({"role": "\udfff", "content": "x"}, r"\['role'\]"),
    ):
        with pytest.raises(ValueError, match=rf"messages\[1\]{place} holds half a surrogate pair"):
            processor.encode_chat([*CHAT[:1], message])


@pytest.mark.parametrize(
    ("messages", "match"),
    [
        ([], "messages is empty"),
        ([{"content": "x"}], r"messages\[0\].*'role'"),
        ([{"role": "user"}], r"messages\[0\]\['content'\] is None"),
        (
            [{"role": "user", "content": [{"type": "image", "image": 1}]}],
            r"\['image'\] is of type int",
        ),
        ([{"role": "user", "content": [{"type": "image"}]}], r"\['image'\] is of type NoneType"),
        ([{"role": "user", "content": [{"type": "video", "video": "a.mp4"}]}], "has type 'video'"),
        ([{"role": "user", "content": [{"type": "text"}]}], r"\['text'\] is None"),
        ([{"role": "user", "content": ["words"]}], r"has type None"),
    ],
)
def test_bad_messages_are_named(processor: Processor, messages: list[Any], match: str) -> None:
    for encode in (processor.encode_chat, processor.encode_multimodal):
        with pytest.raises(ValueError, match=match):
            encode(messages)


def copy_with(source: Path, target: Path, name: str, content: str | None) -> Path:
    """``source`` copied, one file replaced (or removed)."""
    shutil.copytree(source, target)
    (target / name).unlink(missing_ok=True)
    if content is not None:
        (target / name).write_text(content)
    return target


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"])
def test_a_missing_file_is_named(tokenizer_folder: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(FileNotFoundError, match=name):
        Processor(copy_with(tokenizer_folder, tmp_path / "copy", name, None))


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("tokenizer.json", "{", "is not a tokenizer file"),
        ("tokenizer_config.json", "nonsense", "is not JSON"),
        ("tokenizer_config.json", "[1]", "expected an object"),
        ("tokenizer_config.json", '{"pad_token": "<none>"}', "pad_token is '<none>'"),
        ("generation_config.json", '{"eos_token_id": [599, 600]}', "eos_token_id 600"),
        ("generation_config.json", '{"eos_token_id": 5.0}', "eos_token_id 5.0 is no id"),
        ("generation_config.json", '{"eos_token_id": "587"}', "eos_token_id '587' is no id"),
        ("generation_config.json", '{"eos_token_id": [5, true]}', "eos_token_id True is no id"),
        ("processor_config.json", "[1]", "processor_config.json holds a list"),
    ],
)
def test_a_broken_file_is_named(
    tokenizer_folder: Path, tmp_path: Path, name: str, content: str, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        Processor(copy_with(tokenizer_folder, tmp_path / "copy", name, content))


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (None, (588, 586)),
        ([], (588, 586)),
        (7, (7, 588)),
        ([586], (586, 588)),
        ([588, 7, 588], (588, 7)),
    ],
)
def test_stop_ids_are_the_listed_ones_and_the_end_of_turn(
    tokenizer_folder: Path, tmp_path: Path, listed: Any, expected: tuple[int, ...]
) -> None:
    content = json.dumps({"eos_token_id": listed})
    folder = copy_with(tokenizer_folder, tmp_path / "copy", "generation_config.json", content)
    assert Processor(folder).stop_ids == expected
    (folder / "generation_config.json").write_text("{}")
    assert Processor(folder).stop_ids == (588, 586)


def test_a_tokenizer_without_an_end_needs_a_list(tokenizer_folder: Path, tmp_path: Path) -> None:
    folder = copy_with(tokenizer_folder, tmp_path / "copy", "tokenizer_config.json", "{}")
    (folder / "generation_config.json").write_text('{"eos_token_id": [7]}')
    assert Processor(folder).stop_ids == (7,)
    (folder / "generation_config.json").write_text('{"eos_token_id": []}')
    with pytest.raises(ValueError, match="eos_token is None, which is no token"):
        Processor(folder)


def without_tokenizer_json(source: Path, target: Path, *, is_legacy: bool) -> Path:
    """The same tokenizer as vocab.json and merges.txt."""
    content = json.loads((source / "tokenizer.json").read_text())
    folder = copy_with(source, target, "tokenizer.json", None)
    (folder / "vocab.json").write_text(json.dumps(content["model"]["vocab"]))
    merges = [" ".join(m) if isinstance(m, list) else m for m in content["model"]["merges"]]
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n")
    if is_legacy:
        added = {token["content"]: token["id"] for token in content["added_tokens"]}
        (folder / "added_tokens.json").write_text(json.dumps(added))
    else:
        path = folder / "tokenizer_config.json"
        settings = json.loads(path.read_text())
        settings["added_tokens_decoder"] = {
            str(token.pop("id")): token for token in content["added_tokens"]
        }
        path.write_text(json.dumps(settings))
    return folder


@pytest.mark.parametrize("is_legacy", [True, False])
def test_a_vocabulary_and_merges_are_the_same_tokenizer(
    processor: Processor, tokenizer_folder: Path, tmp_path: Path, is_legacy: bool
) -> None:
    folder = without_tokenizer_json(tokenizer_folder, tmp_path / "copy", is_legacy=is_legacy)
    found = Processor(folder)
    assert found.token_bytes == processor.token_bytes
    assert (found.stop_ids, found.pad_id) == (processor.stop_ids, processor.pad_id)
    words = found.chat_text(CHAT) + "ÄÖ don't <|image_pad|> <|box_start|>x  12\r\n\n"
    theirs = pytest.importorskip("transformers").AutoTokenizer.from_pretrained(folder)
    assert found.encode(words).tolist() == processor.encode(words).tolist() == theirs.encode(words)


def test_a_vocabulary_of_another_tokenizer_is_named(tokenizer_folder: Path, tmp_path: Path) -> None:
    folder = without_tokenizer_json(tokenizer_folder, tmp_path / "copy", is_legacy=False)
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text())
    decoder = settings["added_tokens_decoder"]
    path.write_text(json.dumps(settings | {"added_tokens_decoder": {"700": decoder["586"]}}))
    with pytest.raises(
        ValueError, match=r"'<\|endoftext\|>' is listed with id 700, but vocab.json"
    ):
        Processor(folder)
    path.write_text(json.dumps(settings | {"added_tokens_decoder": {"586": "x"}}))
    with pytest.raises(ValueError, match="its added tokens cannot be read"):
        Processor(folder)
    (folder / "vocab.json").write_text("[]")
    with pytest.raises(ValueError, match=r"vocab\.json and merges\.txt are no byte-level BPE"):
        Processor(folder)


@pytest.mark.parametrize("settings", [{}, {"pad_token": None}])
def test_without_a_padding_token_a_stop_id_fills(
    tokenizer_folder: Path, tmp_path: Path, settings: dict[str, Any]
) -> None:
    content = json.dumps(settings | {"eos_token": "<|im_end|>"})
    folder = copy_with(tokenizer_folder, tmp_path / "copy", "tokenizer_config.json", content)
    (folder / "generation_config.json").unlink(missing_ok=True)
    found = Processor(folder)
    assert (found.stop_ids, found.pad_id) == ((588,), 588)
    (folder / "generation_config.json").write_text('{"eos_token_id": [7, 588]}')
    assert Processor(folder).pad_id == 7


def test_a_tokenizer_of_another_kind_is_refused(tokenizer_folder: Path, tmp_path: Path) -> None:
    content = json.loads((tokenizer_folder / "tokenizer.json").read_text())
    content["model"]["vocab"]["▁word"] = 586  # the next free id
    folder = copy_with(tokenizer_folder, tmp_path / "copy", "tokenizer.json", json.dumps(content))
    with pytest.raises(ValueError, match="only byte-level BPE"):
        Processor(folder)


PREPROCESSOR = {
    "size": {"shortest_edge": 4096, "longest_edge": 40_000},
    "patch_size": 16,
    "temporal_patch_size": 2,
    "merge_size": 2,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
    "image_processor_type": "Qwen2VLImageProcessorFast",
}


@pytest.fixture(scope="module")
def image_folder(tokenizer_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images") / "folder"
    return copy_with(tokenizer_folder, folder, "preprocessor_config.json", json.dumps(PREPROCESSOR))


@pytest.fixture(scope="module")
def with_images(image_folder: Path) -> Processor:
    return Processor(image_folder)


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


def picture(width: int, height: int, mode: str = "RGB") -> Image.Image:
    rng = np.random.default_rng(width * height)
    channels = len(Image.new(mode, (1, 1)).getbands())
    values = rng.integers(0, 256, width * height * channels, dtype=np.uint8)
    return Image.frombytes(mode, (width, height), values.tobytes())


def image(source: Any) -> dict[str, Any]:
    return {"type": "image", "image": source}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def user(*items: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(items)}


SMALL, WIDE, HUGE = picture(64, 64), picture(160, 70, "RGBA"), picture(900, 700)
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
        (__file__, r"messages\[1\]\['content'\]\[1\] '.*test_processor.py' cannot be read"),
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
