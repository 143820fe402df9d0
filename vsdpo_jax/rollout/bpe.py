"""Train a small tokenizer of Qwen's structure: byte-level BPE, same splits, same special tokens.

The mini model and the tests need a tokenizer of a thousand pieces, not of 151,669. What is written
is read by ``Processor`` and by transformers' ``AutoTokenizer`` alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

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
    tokenizer = Tokenizer(BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT_PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
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
