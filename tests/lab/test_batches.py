from itertools import islice

import numpy as np
import pytest
from lab_cases import judge_by_text

from vsdpo_jax.domains.chart.lab import LAB
from vsdpo_jax.lab.attempts import render_tasks
from vsdpo_jax.lab.batches import BUCKET, DocumentEncoder, batches, pad_rows, tokenizer_texts
from vsdpo_jax.lab.corpus import COPY_FIRST, Corpus, token_weights
from vsdpo_jax.rollout.bpe import train_tokenizer


@pytest.fixture(scope="module")
def corpus():
    return Corpus(LAB, render_tasks(LAB, judge_by_text, range(30), 2))


@pytest.fixture(scope="module")
def encoder(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    train_tokenizer(tokenizer_texts(corpus, seed=0, count=300), 1024, folder)
    return DocumentEncoder(folder)


def test_a_row_is_prompt_program_and_stop_token(corpus, encoder):
    processor = encoder.processor
    for index in [*range(5), *range(COPY_FIRST, COPY_FIRST + 20)]:
        document = corpus.document(index, 0)
        tokens, weight = encoder.encode(document)
        prompt = processor.encode_chat(document.messages)
        assert np.array_equal(tokens[: len(prompt)], prompt)
        assert tokens[-1] in processor.stop_ids
        assert weight[-1] == 1.0
        assert not weight[: len(prompt)].any()
        text, offsets = processor.decode(tokens[len(prompt) : -1])
        assert text == document.completion
        assert np.array_equal(weight[len(prompt) : -1], token_weights(offsets, document.weights))


def test_batches_hold_rows_of_one_bucket(corpus, encoder):
    feed = batches(encoder, corpus, seed=0, first=COPY_FIRST, tokens_per_batch=2048)
    for batch, _ in islice(feed, 8):
        rows, length = batch.tokens_BS.shape
        assert length % BUCKET == 0
        assert rows == 2048 // length
        lengths = batch.mask_BS.sum(axis=1)
        assert (lengths > length - BUCKET).all()
        assert not batch.weight_BS[~batch.mask_BS].any()
        assert not batch.tokens_BS[~batch.mask_BS].any()


@pytest.mark.parametrize("ways", [2, 3, 8])
def test_rows_can_be_split_evenly(corpus, encoder, ways):
    feed = batches(encoder, corpus, seed=0, first=0, tokens_per_batch=2048, ways=ways)
    for batch, _ in islice(feed, 4):
        rows, length = batch.tokens_BS.shape
        assert rows % ways == 0
        assert rows == ways or rows * length <= 2048 < (rows + ways) * length


def test_a_restart_reads_other_documents(corpus, encoder):
    _, done = next(batches(encoder, corpus, seed=0, first=0, tokens_per_batch=1024))
    again, later = next(batches(encoder, corpus, seed=0, first=done, tokens_per_batch=1024))
    assert later > done
    first, _ = next(batches(encoder, corpus, seed=0, first=0, tokens_per_batch=1024))
    assert first.tokens_BS.shape != again.tokens_BS.shape or not np.array_equal(
        first.tokens_BS, again.tokens_BS
    )


def test_pad_rows_by_hand():
    rows = [(np.array([3, 4]), np.array([0.0, 1.0])), (np.array([5]), np.array([2.0]))]
    batch = pad_rows(rows, 3)
    assert batch.tokens_BS.tolist() == [[3, 4, 0], [5, 0, 0]]
    assert batch.mask_BS.tolist() == [[True, True, False], [True, False, False]]
    assert batch.weight_BS.tolist() == [[0.0, 1.0, 0.0], [2.0, 0.0, 0.0]]
