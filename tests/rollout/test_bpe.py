from __future__ import annotations

import json
from pathlib import Path

import pytest

from vsdpo_jax.rollout.bpe import SPECIAL_TOKENS, train_tokenizer
from vsdpo_jax.rollout.processor import Processor

FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


def test_special_tokens_are_the_last_ids_in_qwens_order(tokenizer_folder: Path) -> None:
    vocabulary = json.loads((tokenizer_folder / "tokenizer.json").read_text())
    added = {entry["content"]: entry["id"] for entry in vocabulary["added_tokens"]}
    assert [added[token] for token in SPECIAL_TOKENS] == list(range(600 - 14, 600))


def test_same_texts_give_the_same_files(tmp_path: Path) -> None:
    texts = ["ax.bar([1, 2], [3, 4])\n" * 3, "ax.set_title('Höhe in m')\n" * 5]
    for name in ("first", "second"):
        train_tokenizer(texts, 300, tmp_path / name)
    for name in FILES:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_size_is_what_was_asked_or_what_the_texts_hold(tmp_path: Path) -> None:
    assert train_tokenizer(["abababab"], 271, tmp_path) == 271
    assert Processor(tmp_path).vocab_size == 271
    # "abababab": ab, abab, abababab; then nothing is left to merge.
    assert train_tokenizer(["abababab"] * 2, 400, tmp_path) == 273


def test_frequent_words_become_single_pieces_and_digits_stay_single(tmp_path: Path) -> None:
    train_tokenizer(["ax.set_title 1234 1234 1234\n" * 50], 330, tmp_path)
    processor = Processor(tmp_path)
    assert len(processor.encode("_title")) == 1
    assert len(processor.encode("1234")) == 4


def test_special_tokens_in_the_texts_are_not_learnt_as_letters(tmp_path: Path) -> None:
    train_tokenizer(["<|im_start|>user\n" * 100], 300, tmp_path)
    pieces = json.loads((tmp_path / "tokenizer.json").read_text())["model"]["vocab"]
    assert not [piece for piece in pieces if "im_" in piece or "|" in piece[1:]]


def test_too_small_a_vocabulary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"vocab_size is 269.*at least 270"):
        train_tokenizer(["x"], 269, tmp_path)


def test_transformers_reads_the_folder_and_agrees(tokenizer_folder: Path) -> None:
    transformers = pytest.importorskip("transformers")
    reference = transformers.AutoTokenizer.from_pretrained(tokenizer_folder)
    processor = Processor(tokenizer_folder)
    assert len(reference) == processor.vocab_size
    assert (reference.eos_token_id, reference.pad_token_id) == processor.stop_ids
    assert reference.convert_tokens_to_ids(list(SPECIAL_TOKENS)) == list(range(586, 600))
    text = "fig, ax = plt.subplots(figsize=(6.4, 4.8))\n  # Größe 1234 日本\n<|im_end|>\n"
    assert reference(text)["input_ids"] == processor.encode(text).tolist()
