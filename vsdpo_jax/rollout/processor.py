"""Chat messages to token ids and patches, and ids back to text with exact character offsets.

Reads the files of a Hugging Face folder (tokenizer.json, tokenizer_config.json, the chat template,
generation_config.json) with ``tokenizers`` and ``jinja2`` alone: transformers' AutoTokenizer takes
1.8 s to import.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int32, Integer
from PIL import Image
from tokenizers import Tokenizer

from vsdpo_jax.models.qwen3_vl.geometry import EncodedImage
from vsdpo_jax.rollout.bpe import read_vocabulary
from vsdpo_jax.rollout.chat_template import ChatTemplate
from vsdpo_jax.rollout.pixels import (
    PREPROCESSOR_FILE,
    ImageSettings,
    encode_image,
    has_image_settings,
    read_object,
)

Messages = Iterable[Mapping[str, Any]]
"""[{"role": str, "content": str or [item, ...]}, ...], an item being {"type": "text", "text": str}
or {"type": "image", "image": a PIL image or the path of a file}."""
_Checked = list[Mapping[str, Any]]

VOCABULARY_FILES = ("vocab.json", "merges.txt")
IMAGE_TOKEN = "<|image_pad|>"
VIDEO_TOKEN = "<|video_pad|>"


@dataclass(frozen=True, kw_only=True, eq=False)
class EncodedChat:
    """A conversation as the model reads it.

    Attributes:
      ids: tokens; each picture stands as rows * columns / merge_size^2 image tokens in a row.
      images: the pictures in order of appearance.
    """

    ids: Int32[np.ndarray, " P"]
    images: tuple[EncodedImage, ...]


class Processor:
    """The tokenizer, chat format and picture format of one model folder.

    Attributes:
      vocab_size: 1 + the highest token id; a model's table may have more rows, which mean nothing.
      stop_ids: ids that end a completion: generation_config.json's ``eos_token_id`` and the
        tokenizer's end-of-turn token; where the folder lists none, the padding token, too.
      token_bytes: what each id adds to the text: b"" for special tokens, None for unused ids.
      pad_id: id that fills unused places, the padding token or else a stop id; its meaning never
        matters, masks say what is real.
      image_token_id, video_token_id: ids that stand for pictures and frames; None where the
        tokenizer has no such token.
      image_settings: how pictures are prepared; None for a folder whose files do not say it, which
        reads text alone.
    """

    vocab_size: int
    stop_ids: tuple[int, ...]
    token_bytes: list[bytes | None]
    pad_id: int
    image_token_id: int | None
    video_token_id: int | None
    image_settings: ImageSettings | None

    def __init__(
        self,
        folder: str | Path,
        *,
        min_pixels: int | None = None,
        max_pixels: int | None = None,
    ) -> None:
        """Reads the tokenizer of ``folder``.

        Args:
          folder: a model folder.
          min_pixels, max_pixels: area that pictures are enlarged or reduced to, instead of the
            folder's. Checkpoints come with 2^24 pixels, 16,384 tokens a picture.

        Raises:
          FileNotFoundError: tokenizer.json (or vocab.json and merges.txt), tokenizer_config.json or
            every template is missing.
          ValueError: a file is not what it should be (not byte-level, unknown special token, ...).
        """
        self._folder = Path(folder)
        settings = read_object(_existing(self._folder / "tokenizer_config.json"))
        self._tokenizer = _read_tokenizer(self._folder, settings)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.token_bytes = _bytes_table(self._tokenizer, self._folder)
        self.vocab_size = len(self.token_bytes)
        self._template = ChatTemplate(self._folder, settings)
        named = settings.get("pad_token") is not None
        pads = [self._special_id(settings, "pad_token")] if named else []
        self.stop_ids = self._find_stop_ids(settings, pads)
        self.pad_id = [*pads, *self.stop_ids, 0][0]
        self.image_token_id = self._tokenizer.token_to_id(IMAGE_TOKEN)
        self.video_token_id = self._tokenizer.token_to_id(VIDEO_TOKEN)
        self.image_settings = (
            ImageSettings.from_folder(folder, min_pixels=min_pixels, max_pixels=max_pixels)
            if has_image_settings(self._folder)
            else None
        )

    @property
    def forbidden_ids(self) -> tuple[int, ...]:
        """Ids that a completion cannot hold, for ``Sampler``.

        The marks of pictures and videos, for which the next reader would look for the picture, and
        the ids that the tokenizer leaves unused.
        """
        marks = (self.image_token_id, self.video_token_id)
        unused = [token for token, piece in enumerate(self.token_bytes) if piece is None]
        return (*(mark for mark in marks if mark is not None), *unused)

    def encode(self, text: str) -> Int32[np.ndarray, " T"]:
        """Ids of ``text`` as it stands; special tokens written out in it become their ids.

        Raises:
          ValueError: half a surrogate pair in it.
        """
        check_letters(text, "the text")
        return np.asarray(self._tokenizer.encode(text, add_special_tokens=False).ids, np.int32)

    def chat_text(self, messages: Messages, *, add_generation_prompt: bool = True) -> str:
        """``messages`` in the chat format of the folder's template, before tokenisation.

        A picture stands as the template writes it: one image token between its marks.

        Raises:
          ValueError: no messages, a malformed one, or messages that the template cannot write.
        """
        return self._template.render(
            _checked(messages), add_generation_prompt=add_generation_prompt
        )

    def encode_chat(
        self, messages: Messages, *, add_generation_prompt: bool = True
    ) -> Int32[np.ndarray, " P"]:
        """Ids of text ``messages`` in the chat format, ending with the head of the model's turn.

        Args:
          messages: roles and contents; a content is a string or a list of text items.
          add_generation_prompt: False leaves the head of the model's turn out.

        Raises:
          ValueError: as ``chat_text``, and for an image, which only ``encode_multimodal`` takes.
        """
        messages = _checked(messages)
        text = self._template.render(messages, add_generation_prompt=add_generation_prompt)
        for place, _ in _images(messages):
            raise ValueError(f"{place} is an image; encode_chat reads text, use encode_multimodal")
        return self.encode(text)

    def check_template_arguments(self, arguments: Mapping[str, Any]) -> None:
        """The folder's chat template reads every one of ``arguments``.

        Raises:
          ValueError: naming one that it does not read, and those that it does.
        """
        self._template.check_arguments(arguments)

    def encode_multimodal(
        self,
        messages: Messages,
        *,
        add_generation_prompt: bool = True,
        template_arguments: Mapping[str, Any] | None = None,
    ) -> EncodedChat:
        """Ids and pictures of ``messages``, ending with the head of the model's turn.

        Each image token that the template wrote becomes as many as the picture has features.
        Pictures beyond the pixel limits are resized; nothing is ever cut off.

        Args:
          messages: roles and contents; a content is a string or a list of text and image items.
          add_generation_prompt: False leaves the head of the model's turn out.
          template_arguments: what else the chat template is told, such as enable_thinking.

        Raises:
          FileNotFoundError: an image names a file that does not exist.
          ValueError: as ``chat_text``; an image that cannot be read, by its place in ``messages``;
            image tokens and images that differ in number, as when a text spells the token out.
        """
        messages = _checked(messages)
        text = self._template.render(
            messages, add_generation_prompt=add_generation_prompt, arguments=template_arguments
        )
        ids = self.encode(text)
        found = list(_images(messages))
        if found and self.image_settings is None:
            raise ValueError(
                f"{found[0][0]} is an image, but {self._folder} has no {PREPROCESSOR_FILE}: use a "
                "model that reads pictures, or describe the picture in words"
            )
        self._check_placeholders(ids, messages, len(found))
        images = tuple(
            encode_image(image, self.image_settings, name=place)  # type: ignore[arg-type]
            for place, image in found
        )
        if images:
            ids = self._expand(ids, images)
        return EncodedChat(ids=ids, images=images)

    def _check_placeholders(self, ids: np.ndarray, messages: _Checked, images: int) -> None:
        """One image token for each image, all of them the template's."""
        count = 0 if self.image_token_id is None else int(np.sum(ids == self.image_token_id))
        written = [place for place, text in _texts(messages) if IMAGE_TOKEN in text]
        if count != images or (written and count):
            reason = (
                f"{written[0]} spells the token out: take it out of the text"
                if written
                else "the template may take images in user turns only"
            )
            raise ValueError(
                f"the chat format has {count} image placeholders ({IMAGE_TOKEN}) for {images} "
                f"images; {reason}"
            )
        videos = 0 if self.video_token_id is None else int(np.sum(ids == self.video_token_id))
        if videos:
            raise ValueError(
                f"the chat format has {videos} video placeholders ({VIDEO_TOKEN}), but videos are "
                "not supported; take them out of the text"
            )

    def _expand(self, ids: np.ndarray, images: tuple[EncodedImage, ...]) -> np.ndarray:
        """Repeats the image token of each picture as often as the picture has features."""
        assert self.image_settings is not None  # there are images
        repeats = np.ones(len(ids), np.int64)
        merged = self.image_settings.merge_size**2
        repeats[ids == self.image_token_id] = [len(image.patches_PC) // merged for image in images]
        return np.repeat(ids, repeats)

    def decode(
        self, ids: Integer[np.ndarray, " T"] | Sequence[int]
    ) -> tuple[str, Int32[np.ndarray, "T 2"]]:
        """Text of ``ids`` and the character span [start, end) of each id in it.

        Spans are consecutive and cover the text: span t starts where span t-1 ends. A character
        whose UTF-8 bytes are spread over several ids belongs to the id that completes it; the ids
        before have an empty span at its start. Bytes that are no UTF-8 become U+FFFD, as in the
        reference decoder. Special tokens are left out of the text: their spans are empty.

        Raises:
          ValueError: an id outside [0, vocab_size) or one that the tokenizer leaves unused.
        """
        pieces = [self._piece(int(token)) for token in ids]
        text, char_ends = _decode_utf8(b"".join(pieces))
        byte_ends = np.cumsum([len(piece) for piece in pieces], dtype=np.int64)
        ends = np.searchsorted(char_ends, byte_ends, side="right")
        starts = np.concatenate([[0], ends[:-1]]) if len(pieces) else ends
        return text, np.stack([starts, ends], axis=1).astype(np.int32)

    def _piece(self, token: int) -> bytes:
        piece = self.token_bytes[token] if 0 <= token < self.vocab_size else None
        if piece is None:
            raise ValueError(
                f"token id {token} means nothing to the tokenizer in {self._folder}, which has "
                f"{self.vocab_size} ids; give the sampler this vocab_size"
            )
        return piece

    def _special_id(self, settings: Mapping[str, Any], name: str) -> int:
        entry = settings.get(name)
        token = entry.get("content") if isinstance(entry, Mapping) else entry
        found = self._tokenizer.token_to_id(token) if isinstance(token, str) else None
        if found is None:
            raise ValueError(
                f"{self._folder / 'tokenizer_config.json'}: {name} is {token!r}, which is no token "
                "of tokenizer.json; name one that is"
            )
        return found

    def _find_stop_ids(self, settings: Mapping[str, Any], pads: list[int]) -> tuple[int, ...]:
        path = self._folder / "generation_config.json"
        listed = read_object(path).get("eos_token_id") if path.exists() else None
        listed = listed if isinstance(listed, list) else [] if listed is None else [listed]
        for token in listed:
            if type(token) is not int or not 0 <= token < self.vocab_size:
                raise ValueError(f"{path}: eos_token_id {token!r} is no id below {self.vocab_size}")
        # The end of a turn always counts: a folder that lists another end alone would never stop.
        is_named = not listed or settings.get("eos_token") is not None
        ends = [self._special_id(settings, "eos_token")] if is_named else []
        return tuple(dict.fromkeys([*listed, *ends, *([] if listed else pads)]))


def _read_tokenizer(folder: Path, settings: Mapping[str, Any]) -> Tokenizer:
    path = folder / "tokenizer.json"
    if not path.exists() and all((folder / name).exists() for name in VOCABULARY_FILES):
        return read_vocabulary(folder, settings)
    try:
        return Tokenizer.from_file(str(_existing(path)))
    except FileNotFoundError:
        raise
    except Exception as error:  # the library raises bare Exception for every malformed file
        raise ValueError(f"{path} is not a tokenizer file: {error}") from error


def _existing(path: Path) -> Path:
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; a model folder needs it")
    return path


def check_letters(text: str, place: str) -> None:
    """What can be tokenised: a text of whole characters.

    Raises:
      ValueError: half a surrogate pair; ``place`` says where.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{place} holds half a surrogate pair ({text[error.start]!r}, character "
            f"{error.start}), which stands for no character; leave it out"
        ) from error


def _checked(messages: Any) -> _Checked:
    """All messages in a list, which, unlike an iterator, can be read more than once."""
    if isinstance(messages, str | Mapping) or not isinstance(messages, Iterable):
        raise ValueError(
            f"messages is of type {type(messages).__name__}; give a list of "
            "{'role': ..., 'content': ...}"
        )
    messages = list(messages)
    if not messages:
        raise ValueError("messages is empty; give at least one {'role': ..., 'content': ...}")
    for index, message in enumerate(messages):
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
            raise ValueError(f"messages[{index}] is {message!r}; it needs a 'role' text")
        check_letters(message["role"], f"messages[{index}]['role']")
        content = message.get("content")
        if isinstance(content, str):
            check_letters(content, f"messages[{index}]['content']")
            continue
        if not isinstance(content, Sequence):
            raise ValueError(f"messages[{index}]['content'] is {content!r}; give a text or a list")
        for place, item in enumerate(content):
            _check_item(item, f"messages[{index}]['content'][{place}]")
    return messages


def _check_item(item: Any, place: str) -> None:
    kind = item.get("type") if isinstance(item, Mapping) else None
    if kind == "text":
        if not isinstance(item.get("text"), str):
            raise ValueError(f"{place}['text'] is {item.get('text')!r}; give a text")
        check_letters(item["text"], f"{place}['text']")
    elif kind == "image":
        if not isinstance(item.get("image"), Image.Image | str | Path):
            kind = type(item.get("image")).__name__
            raise ValueError(
                f"{place}['image'] is of type {kind}; give a PIL image or the path of a file"
            )
    else:
        raise ValueError(
            f"{place} has type {kind!r}; supported are {{'type': 'text', 'text': ...}} and "
            "{'type': 'image', 'image': ...}"
        )


def _items(messages: _Checked) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Place and item of every content, a text standing for a list of one text item."""
    for index, message in enumerate(messages):
        place, content = f"messages[{index}]['content']", message["content"]
        if isinstance(content, str):
            yield place, {"type": "text", "text": content}
            continue
        for number, item in enumerate(content):
            yield f"{place}[{number}]", item


def _texts(messages: _Checked) -> Iterator[tuple[str, str]]:
    return ((place, item["text"]) for place, item in _items(messages) if item["type"] == "text")


def _images(messages: _Checked) -> Iterator[tuple[str, Image.Image | str | Path]]:
    return ((place, item["image"]) for place, item in _items(messages) if item["type"] == "image")


def _bytes_table(tokenizer: Tokenizer, path: Path) -> list[bytes | None]:
    """Bytes that each id adds to the text; b"" for special tokens, None for unused ids."""
    byte_of = _byte_of_letter()
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    added = tokenizer.get_added_tokens_decoder()
    table: list[bytes | None] = [None] * (1 + max(vocabulary.values()))
    for piece, token in vocabulary.items():
        if token in added:
            table[token] = b"" if added[token].special else added[token].content.encode()
            continue
        foreign = [letter for letter in piece if letter not in byte_of]
        if foreign:
            raise ValueError(
                f"{path}: piece {piece!r} holds {foreign[0]!r}, which stands for no byte; only "
                "byte-level BPE tokenizers (Qwen's kind) are supported"
            )
        table[token] = bytes(byte_of[letter] for letter in piece)
    return table


def _byte_of_letter() -> dict[str, int]:
    """The byte-level alphabet: printable Latin-1 is itself, the rest is moved to U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    moved = [byte for byte in range(256) if byte not in printable]
    letters = {chr(byte): byte for byte in printable}
    return letters | {chr(0x100 + rank): byte for rank, byte in enumerate(moved)}


def _decode_utf8(data: bytes) -> tuple[str, np.ndarray]:
    """Text, U+FFFD for what is no UTF-8; int64[C]: the byte at which each character ends."""
    parts: list[str] = []
    ends: list[np.ndarray] = []
    for start, text, length in _runs(data):
        parts.append(text)
        run = np.frombuffer(data, np.uint8, count=length, offset=start)
        is_last = np.ones(length, bool)
        is_last[:-1] = (run[1:] & 0xC0) != 0x80  # the next byte starts a character
        if text == "\ufffd":
            is_last[:-1] = False
        ends.append(start + 1 + np.flatnonzero(is_last))
    return "".join(parts), np.concatenate(ends) if ends else np.zeros(0, np.int64)


def _runs(data: bytes) -> Iterable[tuple[int, str, int]]:
    """(start, text, bytes) of each stretch of valid UTF-8 and of each stretch that is replaced."""
    start = 0
    while start < len(data):
        try:
            yield start, data[start:].decode("utf-8"), len(data) - start
            return
        except UnicodeDecodeError as error:
            if error.start:
                valid = data[start : start + error.start].decode("utf-8")
                yield start, valid, error.start
            yield start + error.start, "\ufffd", error.end - error.start
            start += error.end
