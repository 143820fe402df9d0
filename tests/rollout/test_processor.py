from __future__ import annotations

import json
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vsdpo_jax.rollout.bpe import SPECIAL_TOKENS
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
    return processor._bytes_of.index(piece)


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


@pytest.mark.parametrize(
    ("messages", "match"),
    [
        ([], "messages is empty"),
        ([{"content": "x"}], r"messages\[0\].*'role'"),
        ([{"role": "user"}], r"messages\[0\]\['content'\] is None"),
        ([{"role": "user", "content": [{"type": "image", "image": 1}]}], r"\[0\] has type 'image'"),
        ([{"role": "user", "content": [{"type": "text"}]}], r"\['text'\] is None"),
        ([{"role": "user", "content": ["words"]}], r"has type None"),
    ],
)
def test_bad_messages_are_named(processor: Processor, messages: list[Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        processor.encode_chat(messages)


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
        ("chat_template.jinja", "{% for %}", "not valid jinja"),
        ("generation_config.json", '{"eos_token_id": [599, 600]}', "eos_token_id 600"),
    ],
)
def test_a_broken_file_is_named(
    tokenizer_folder: Path, tmp_path: Path, name: str, content: str, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        Processor(copy_with(tokenizer_folder, tmp_path / "copy", name, content))


def test_generation_config_decides_the_stop_ids(tokenizer_folder: Path, tmp_path: Path) -> None:
    assert Processor(tokenizer_folder).stop_ids == (588, 586)
    name = "generation_config.json"
    one = copy_with(tokenizer_folder, tmp_path / "one", name, '{"eos_token_id": 7}')
    assert Processor(one).stop_ids == (7,)
    two = copy_with(tokenizer_folder, tmp_path / "two", name, '{"eos_token_id": [588, 7, 588]}')
    assert Processor(two).stop_ids == (588, 7)


@pytest.mark.parametrize("name", ["chat_template.json", "tokenizer_config.json"])
def test_the_template_is_found_in_older_places(
    tokenizer_folder: Path, tmp_path: Path, name: str
) -> None:
    template = "{%- for m in messages %}{{ m.role|tojson }}|{{ m.content }}{% endfor %}"
    content = {"pad_token": "<|endoftext|>", "eos_token": "<|im_end|>", "chat_template": template}
    folder = copy_with(tokenizer_folder, tmp_path / "copy", name, json.dumps(content))
    (folder / "chat_template.jinja").unlink()
    assert Processor(folder).chat_text([{"role": "user", "content": "x"}]) == '"user"|x'


def test_a_template_may_refuse(tokenizer_folder: Path, tmp_path: Path) -> None:
    template = "{{ raise_exception('no system turns') }}"
    folder = copy_with(tokenizer_folder, tmp_path / "copy", "chat_template.jinja", template)
    with pytest.raises(ValueError, match="refused: no system turns"):
        Processor(folder).chat_text([{"role": "system", "content": "x"}])


def test_a_tokenizer_of_another_kind_is_refused(tokenizer_folder: Path, tmp_path: Path) -> None:
    content = json.loads((tokenizer_folder / "tokenizer.json").read_text())
    content["model"]["vocab"]["▁word"] = 586  # the next free id
    folder = copy_with(tokenizer_folder, tmp_path / "copy", "tokenizer.json", json.dumps(content))
    with pytest.raises(ValueError, match="only byte-level BPE"):
        Processor(folder)
