"""Tokenizers of Qwen's structure: byte-level BPE, same splits, same special tokens.

The mini model and the tests need a tokenizer of a thousand pieces, not of 151,669. What is written
is read by ``Processor`` and by transformers' ``AutoTokenizer`` alike. Folders that have the
vocabulary and its merges alone are read here, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, trainers
from tokenizers.models import BPE

SPECIAL_TOKENS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>",
    "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>",
    "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
"""In the order in which Qwen checkpoints number them, after all ordinary pieces."""

NUM_BYTES = 256

# Qwen's split: contractions, words with one leading character that is no letter, single digits,
# punctuation runs, line ends, spaces. Pieces never cross these borders.
SPLIT_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# Qwen3-VL's turn format: no system prompt of its own, vision items in place, a generation prompt.
CHAT_TEMPLATE = """\
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' }}
    {%- if message.content is string %}
        {{- message.content }}
    {%- else %}
        {%- for item in message.content %}
            {%- if item.type == 'image' %}
                {{- '<|vision_start|><|image_pad|><|vision_end|>' }}
            {%- elif item.type == 'video' %}
                {{- '<|vision_start|><|video_pad|><|vision_end|>' }}
            {%- elif item.type == 'text' %}
                {{- item.text }}
            {%- else %}
                {{- raise_exception('unknown content type: ' + item.type) }}
            {%- endif %}
        {%- endfor %}
    {%- endif %}
    {{- '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""


def train_tokenizer(texts: Iterable[str], vocab_size: int, folder: str | Path) -> int:
    """Learns merges from ``texts`` and writes a tokenizer folder.

    Writes tokenizer.json, tokenizer_config.json and chat_template.jinja. Ids: 256 byte pieces and
    the merges first, then SPECIAL_TOKENS in order, so the special tokens are the last 14 ids.
    Deterministic: the same texts give the same files.

    Args:
      texts: training texts, chat-formatted or plain; special tokens in them are not split.
      vocab_size: number of ids asked for, special tokens included; at least 270.
      folder: made when missing; files of these names in it are replaced.

    Returns:
      The number of ids, below ``vocab_size`` when the texts hold too few pairs to merge.

    Raises:
      ValueError: ``vocab_size`` leaves no room for the bytes and the special tokens.
    """
    smallest = NUM_BYTES + len(SPECIAL_TOKENS)
    if vocab_size < smallest:
        raise ValueError(
            f"vocab_size is {vocab_size}; {NUM_BYTES} bytes and {len(SPECIAL_TOKENS)} special "
            f"tokens need at least {smallest}"
        )
    tokenizer = _around(BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size - len(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_without_special_tokens(texts), trainer)
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS]
    )
    _write(tokenizer, Path(folder))
    return tokenizer.get_vocab_size(with_added_tokens=True)


def read_vocabulary(folder: Path, settings: Mapping[str, Any]) -> Tokenizer:
    """Qwen's tokenizer of a folder that has vocab.json and merges.txt instead of tokenizer.json.

    Args:
      folder: with both files.
      settings: the content of its tokenizer_config.json, whose ``added_tokens_decoder`` lists the
        tokens beside the vocabulary; in older folders added_tokens.json does.

    Raises:
      ValueError: a file that is none of its kind, or tokens that do not get the ids they are
        listed with.
    """
    try:
        tokenizer = _around(BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
    except Exception as error:  # the library raises bare Exception for every malformed file
        raise ValueError(
            f"{folder}: vocab.json and merges.txt are no byte-level BPE: {error}"
        ) from error
    for number, token in sorted(_added_tokens(folder, settings).items()):
        tokenizer.add_tokens([token])
        if tokenizer.token_to_id(token.content) != number:
            raise ValueError(
                f"{folder}: token {token.content!r} is listed with id {number}, but vocab.json has "
                f"the ids below {tokenizer.get_vocab_size()}; the files do not belong together"
            )
    return tokenizer


def _added_tokens(folder: Path, settings: Mapping[str, Any]) -> dict[int, AddedToken]:
    listed = settings.get("added_tokens_decoder")
    try:
        if isinstance(listed, Mapping):
            return {int(number): AddedToken(**_plain(token)) for number, token in listed.items()}
        path = folder / "added_tokens.json"
        added = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        special = {*SPECIAL_TOKENS, *(settings.get("additional_special_tokens") or ())}
        return {
            number: AddedToken(
                content, special=content in special, normalized=content not in special
            )
            for content, number in added.items()
        }
    except (TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{folder}: its added tokens cannot be read: {error}") from error


def _plain(token: Mapping[str, Any]) -> dict[str, Any]:
    names = ("content", "single_word", "lstrip", "rstrip", "normalized", "special")
    return {name: token[name] for name in names if name in token}


def _around(model: BPE) -> Tokenizer:
    """``model`` with Qwen's normal form, splits and bytes."""
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT_PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _without_special_tokens(texts: Iterable[str]) -> Iterable[str]:
    """Special tokens become line ends, or their letters would be learnt as merges."""
    for text in texts:
        for token in SPECIAL_TOKENS:
            text = text.replace(token, "\n")
        yield text


def _write(tokenizer: Tokenizer, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE, encoding="utf-8")
    settings = {
        "tokenizer_class": "Qwen2Tokenizer",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "bos_token": None,
        "unk_token": None,
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
        "split_special_tokens": False,
        "additional_special_tokens": list(SPECIAL_TOKENS[1:]),
    }
    text = json.dumps(settings, indent=2) + "\n"
    (folder / "tokenizer_config.json").write_text(text, encoding="utf-8")
