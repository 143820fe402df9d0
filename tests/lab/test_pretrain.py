import io
import json
import logging
import re
from itertools import islice, pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from lab_cases import judge_by_text

from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.domains.chart.lab import LAB
from vsdpo_jax.lab import pretrain
from vsdpo_jax.lab.attempts import extend_cache, render_tasks
from vsdpo_jax.lab.batches import DocumentEncoder, batches, pad_rows, tokenizer_texts
from vsdpo_jax.lab.corpus import Corpus
from vsdpo_jax.lab.domains import show_progress
from vsdpo_jax.lab.pretrain import (
    MINI_CONFIG,
    Checkpoint,
    Progress,
    Recipe,
    make_optimizer,
    make_step,
    rate_at,
    run,
    train,
)
from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import weights
from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig
from vsdpo_jax.rollout.bpe import train_tokenizer
from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.run.settings import SettingsError
from vsdpo_jax.runtime.mesh import make_mesh

GIVEN = ["--domain=chart", "--out=a", "--workdir=b"]
TINY = Qwen3VLConfig.from_hf(
    {**MINI_CONFIG, "text_config": {**MINI_CONFIG["text_config"], "hidden_size": 32,
                                    "num_hidden_layers": 1, "intermediate_size": 32}}
)  # fmt: skip


@pytest.fixture(scope="module")
def corpus():
    return Corpus(LAB, render_tasks(LAB, judge_by_text, range(30), 2))


@pytest.fixture(scope="module")
def encoder(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    train_tokenizer(tokenizer_texts(corpus, seed=0, count=300), 1024, folder)
    return DocumentEncoder(folder)


def test_the_mini_model_has_the_stated_size():
    config = Qwen3VLConfig.from_hf(MINI_CONFIG)
    shapes = jax.eval_shape(lambda key: qwen3_vl.init(key, config), jax.random.key(0))
    assert sum(leaf.size for leaf in jax.tree.leaves(shapes)) == 2_226_560


def test_rate_rises_then_falls():
    rates = [rate_at(share, 1.0) for share in np.linspace(0, 1, 101)]
    top = int(np.argmax(rates))
    assert rates[0] == 0.0
    assert max(rates) <= 1.0
    assert top == round(100 * pretrain.WARMUP_SHARE)
    assert all(a <= b for a, b in pairwise(rates[: top + 1]))
    assert all(a >= b for a, b in pairwise(rates[top:]))
    assert rates[-1] == pytest.approx(pretrain.FINAL_RATE)
    assert rate_at(2.0, 1.0) == pytest.approx(pretrain.FINAL_RATE)


def test_loss_is_the_weighted_mean_of_next_token_losses():
    tokens, weight = np.array([7, 8, 9, 10]), np.array([0.0, 0.0, 1.0, 3.0])
    batch = pad_rows([(tokens, weight), (tokens[:2], weight[:2])], 6)
    params = qwen3_vl.init(jax.random.key(0), TINY)
    hidden = qwen3_vl.hidden_fn(TINY)(
        params, jnp.asarray(batch.tokens_BS), jnp.asarray(batch.mask_BS)
    )
    logp = jax.nn.log_softmax(hidden[0] @ qwen3_vl.head_VD(params, TINY).T)
    expected = -(logp[1, 9] + 3 * logp[2, 10]) / 4
    optimizer = make_optimizer()
    step = make_step(TINY, optimizer)
    _, _, loss = step(
        params, optimizer.init(params), batch.tokens_BS, batch.mask_BS, batch.weight_BS, 0.0
    )
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)


def test_a_few_steps_learn(corpus, encoder):
    optimizer = make_optimizer()
    params = qwen3_vl.init(jax.random.key(0), TINY)
    state, step, losses = optimizer.init(params), make_step(TINY, optimizer), []
    batch = next(batches(encoder, corpus, seed=0, first=0, tokens_per_batch=1024))[0]
    for _ in range(15):
        params, state, loss = step(
            params, state, batch.tokens_BS, batch.mask_BS, batch.weight_BS, jnp.float32(0.01)
        )
        losses.append(float(loss))
    assert losses[-1] < 0.7 * losses[0]


def test_checkpoint_comes_back_the_same(tmp_path):
    optimizer = make_optimizer()
    params = qwen3_vl.init(jax.random.key(0), TINY)
    state = optimizer.init(params)
    checkpoint = Checkpoint(tmp_path / "c.msgpack")
    assert checkpoint.load(params, state)[2] == checkpoint.progress() == Progress()
    progress = Progress(steps=3, documents=40, tokens=99, seconds=1.5)
    checkpoint.save(params, state, progress)
    other = qwen3_vl.init(jax.random.key(1), TINY)
    again, state_again, same = checkpoint.load(other, optimizer.init(other))
    assert same == checkpoint.progress() == progress
    for one, two in zip(
        jax.tree.leaves((params, state)), jax.tree.leaves((again, state_again)), strict=True
    ):
        assert np.array_equal(one, two)


def test_training_goes_on_after_a_restart(corpus, encoder, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(pretrain, "REPORT_S", 0.0)
    checkpoint = Checkpoint(tmp_path / "c.msgpack")

    def go(tokens):
        return train(
            TINY, encoder, corpus, checkpoint, make_mesh(devices=jax.devices()[:2]), seed=0,
            tokens=tokens, peak_rate=1e-3, batch_tokens=1024,
        )[1]  # fmt: skip

    first = go(2000)
    assert 2000 <= first.tokens < 3100
    with caplog.at_level(logging.INFO):
        second = go(8000)
    told = [record.getMessage() for record in caplog.records]
    assert "left" not in told[0] + told[-1]  # it compiles; nothing is left
    assert [line for line in told[1:-1] if not re.search(r"about \d+ s left$", line)] == []
    assert len(told) > 3
    assert second.steps > first.steps >= 1
    assert second.documents > first.documents
    assert go(2000) == second  # they have been read


def test_a_loss_that_is_no_number_stops_the_run(corpus, encoder, tmp_path):
    with pytest.raises(SettingsError, match="learning_rate"):
        train(
            TINY, encoder, corpus, Checkpoint(tmp_path / "c"),
            make_mesh(devices=jax.devices()[:1]), seed=0, tokens=5000,
            peak_rate=float("nan"), batch_tokens=1024,
        )  # fmt: skip


@pytest.mark.slow
def test_the_command_writes_a_model_folder(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(pretrain, "TOKENIZER_DOCUMENTS", 200)
    extend_cache(LAB, judge_by_text, tmp_path / "work" / "attempts.jsonl", 12, 1)
    recipe = Recipe(
        seed=0, tasks=12, attempts=1, million_tokens=0.002, peak_rate=1e-3, batch_tokens=1024
    )  # fmt: skip
    with caplog.at_level(logging.INFO):
        run(load_domain("chart"), tmp_path / "out", tmp_path / "work", recipe, "the command")
    out = tmp_path / "out"
    params, config = weights.load(out)
    assert params["embed_tokens"].shape == (1024, 192)
    processor = Processor(out)
    assert processor.vocab_size <= config.vocab_size
    provenance = json.loads((out / "PROVENANCE.json").read_text())
    assert provenance["command"] == "the command"
    assert provenance["parameters"] == 2_226_560
    assert provenance["steps"] >= 1
    assert (out / "model.safetensors").stat().st_size < 10_000_000


def test_batches_of_the_corpus_are_endless(corpus, encoder):
    feed = batches(encoder, corpus, seed=0, first=0, tokens_per_batch=512)
    assert len(list(islice(feed, 50))) == 50


@pytest.mark.parametrize("arguments", [
    [], ["--out=a"], ["--out=a", "--workdir=b"], [*GIVEN, "--million_tokens=0"],
    [*GIVEN, "--tasks=x"], [*GIVEN, "--speed=1"], [*GIVEN, "--domain=chrat"],
])  # fmt: skip
def test_wrong_arguments_end_with_a_sentence(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        pretrain.parse_arguments(arguments)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_progress_is_shown_whatever_a_library_set_up_when_it_was_imported(monkeypatch, capsys):
    # Orbax's import logs, by which absl gives the root a handler that shows warnings alone.
    monkeypatch.setattr(logging.root, "handlers", [logging.StreamHandler(io.StringIO())])
    try:
        show_progress()
        logging.getLogger("jax").info("not ours")
        logging.getLogger("vsdpo_jax.lab").info("2 of 3 are drawn")
    finally:
        for name in ("vsdpo_jax", "__main__"):
            logging.getLogger(name).setLevel(logging.NOTSET)
    assert re.fullmatch(r"\d+\S+ \S+ 2 of 3 are drawn\n", capsys.readouterr().err)


def test_arguments_have_their_types():
    given = pretrain.parse_arguments([*GIVEN, "--tasks=7", "--million_tokens=2.5"])
    assert given.domain is load_domain("chart")
    assert (given.tasks, given.million_tokens, given.seed) == (7, 2.5, 0)
