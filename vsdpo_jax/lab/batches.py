"""Documents -> token batches of a few fixed shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from vsdpo_jax.lab.corpus import COPY_FIRST, Corpus, Document, token_weights
from vsdpo_jax.rollout.processor import Processor

BUCKET = 32
"""Rows are padded to a multiple of this; every length in use costs one compilation."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TokenBatch:
    """Rows of one length S.

    Attributes:
      tokens_BS: int32, right-padded.
      mask_BS: bool, True for tokens.
      weight_BS: float32 loss weight of predicting the token at this place from those before it; 0
        on prompts and padding.
    """

    tokens_BS: np.ndarray
    mask_BS: np.ndarray
    weight_BS: np.ndarray


class DocumentEncoder:
    """Turns documents into tokens as training sees them: chat prompt, program, stop token."""

    def __init__(self, folder: Path) -> None:
        """Args: folder: with the files that rollout.bpe.train_tokenizer wrote."""
        self.processor = Processor(folder)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._stop = stop_token(self._tokenizer)

    def encode(self, document: Document) -> tuple[np.ndarray, np.ndarray]:
        """(int32[S] tokens, float32[S] loss weights) of one document."""
        prompt_P = self.processor.encode_chat(document.messages)
        encoding = self._tokenizer.encode(document.completion, add_special_tokens=False)
        offsets_T2 = np.asarray(encoding.offsets, dtype=np.int64).reshape(-1, 2)
        tokens_S = np.concatenate([prompt_P, encoding.ids, [self._stop]]).astype(np.int32)
        weight_S = np.concatenate(
            [np.zeros(len(prompt_P)), token_weights(offsets_T2, document.weights), [1.0]]
        ).astype(np.float32)
        return tokens_S, weight_S


def stop_token(tokenizer: Tokenizer) -> int:
    """The id that ends a turn.

    Raises:
      ValueError: the vocabulary lacks it.
    """
    stop = tokenizer.token_to_id("<|im_end|>")
    if stop is None:
        raise ValueError("the tokenizer has no <|im_end|>; train it with rollout.bpe")
    return stop


def batches(
    encoder: DocumentEncoder,
    corpus: Corpus,
    *,
    seed: int,
    first: int,
    tokens_per_batch: int,
    ways: int = 1,
) -> Iterator[tuple[TokenBatch, int]]:
    """Endless batches, with the number of the next document that was not read yet.

    Args:
      encoder, corpus: where documents come from.
      seed: of the corpus.
      first: number of the first document; a restart begins where it stopped (documents that
        waited in a bucket are lost, a few hundred at most).
      tokens_per_batch: rows times length, at most where that leaves a row for each of ``ways``.
      ways: the number of rows is a multiple of it.
    """
    waiting: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    index = first
    while True:
        tokens_S, weight_S = encoder.encode(corpus.document(index, seed))
        index += 1
        length = -(-len(tokens_S) // BUCKET) * BUCKET
        rows = waiting.setdefault(length, [])
        rows.append((tokens_S, weight_S))
        if len(rows) == ways * max(1, tokens_per_batch // (ways * length)):
            yield pad_rows(rows, length), index
            waiting[length] = []


def pad_rows(rows: list[tuple[np.ndarray, np.ndarray]], length: int) -> TokenBatch:
    """One batch of rows that fit into ``length``."""
    shape = (len(rows), length)
    tokens_BS = np.zeros(shape, np.int32)
    mask_BS = np.zeros(shape, bool)
    weight_BS = np.zeros(shape, np.float32)
    for row, (tokens_S, weight_S) in enumerate(rows):
        tokens_BS[row, : len(tokens_S)] = tokens_S
        mask_BS[row, : len(tokens_S)] = True
        weight_BS[row, : len(tokens_S)] = weight_S
    return TokenBatch(tokens_BS=tokens_BS, mask_BS=mask_BS, weight_BS=weight_BS)


def tokenizer_texts(corpus: Corpus, *, seed: int, count: int) -> list[str]:
    """Texts to train the tokenizer on: prompts and programs in their natural shares."""
    texts = []
    for index in range(COPY_FIRST, COPY_FIRST + count):
        document = corpus.document(index, seed)
        turns = [f"{message['role']}\n{message['content']}\n" for message in document.messages]
        texts += [*turns, f"assistant\n{document.completion}"]
    return texts
