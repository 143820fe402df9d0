from __future__ import annotations

import inspect
import json
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chats import CHAT, SMALL, image, text, user
from hypothesis import assume, given
from hypothesis import strategies as st
from tiny_folder import copy_with

from vsdpo_jax.rollout.bpe import SPECIAL_TOKENS
from vsdpo_jax.rollout.processor import Processor

PROPERTY = st.lists(st.integers(0, 599), max_size=60)


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
