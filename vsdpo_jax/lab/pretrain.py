"""Make the mini backbone of a domain: a text model from scratch, on attempts that were drawn.

Renders attempts on synthetic tasks (cached in the workdir), trains a byte-pair tokenizer and a
Qwen3-VL-shaped text model from scratch on the documents of corpus.py, and writes a Hugging Face
folder with PROVENANCE.json. Interrupted, the same command goes on where it stopped. With the
defaults it takes the better part of an hour on 2 cores.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import optax.contrib
from flax import serialization
from jax.sharding import Mesh

from vsdpo_jax.domains.base import Domain
from vsdpo_jax.domains.pool import RenderPool
from vsdpo_jax.lab import recipes
from vsdpo_jax.lab.attempts import extend_cache, read_cache
from vsdpo_jax.lab.batches import DocumentEncoder, TokenBatch, batches, tokenizer_texts
from vsdpo_jax.lab.corpus import KINDS, SHARES, Corpus
from vsdpo_jax.lab.domains import examples, lab_domain, show_progress
from vsdpo_jax.lab.recipes import CACHE, Recipe
from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import weights
from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig
from vsdpo_jax.rollout.bpe import train_tokenizer
from vsdpo_jax.run import command
from vsdpo_jax.run.settings import SettingsError
from vsdpo_jax.runtime import machine
from vsdpo_jax.runtime.mesh import make_mesh, replicated, shard_batch
from vsdpo_jax.runtime.metrics import TimeLeft
from vsdpo_jax.runtime.streams import open_streams

logger = logging.getLogger(__name__)

VOCABULARY = 1024
TOKENIZER_DOCUMENTS = 3000
WARMUP_SHARE = 0.01
"""Share of the training in which the rate rises."""
FINAL_RATE = 0.02
"""The cosine ends at this share of the peak."""
CHECKPOINT_S = 120.0
REPORT_S = 20.0
CHECKPOINT = "checkpoint.msgpack"

MINI_CONFIG = {
    "model_type": "qwen3_vl",
    "architectures": ["Qwen3VLForConditionalGeneration"],
    "tie_word_embeddings": True,
    "text_config": {
        "model_type": "qwen3_vl_text",
        "hidden_size": 192,
        "num_hidden_layers": 5,
        "num_attention_heads": 6,
        "num_key_value_heads": 3,
        "head_dim": 32,
        "intermediate_size": 512,
        "vocab_size": VOCABULARY,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "rope_scaling": {
            "rope_type": "default",
            "mrope_section": [6, 5, 5],
            "mrope_interleaved": True,
        },
        "max_position_embeddings": 4096,
        "hidden_act": "silu",
        "attention_bias": False,
        "attention_dropout": 0.0,
        "tie_word_embeddings": True,
    },
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far the training has come; part of the checkpoint."""

    steps: int = 0
    documents: int = 0
    tokens: int = 0
    seconds: float = 0.0


def rate_at(share: float, peak: float) -> float:
    """Learning rate when ``share`` of the tokens have been read: linear rise, then cosine."""
    if share < WARMUP_SHARE:
        return peak * share / WARMUP_SHARE
    rest = min((share - WARMUP_SHARE) / (1 - WARMUP_SHARE), 1.0)
    return peak * (FINAL_RATE + (1 - FINAL_RATE) * 0.5 * (1 + math.cos(math.pi * rest)))


def make_optimizer() -> optax.GradientTransformation:
    """Muon for the layers' matrices, AdamW for the rest; the rate is set at every step.

    Muon reached AdamW's loss after two thirds of the tokens (200 steps of 4,096 tokens, both at
    3e-3), for a tenth more time a step.
    """

    def muon(learning_rate: float) -> optax.GradientTransformation:
        return optax.chain(
            optax.clip_by_global_norm(1.0),
            optax.contrib.muon(
                learning_rate,
                weight_decay=0.05,
                adam_b2=0.98,
                muon_weight_dimension_numbers=_matrix_axes,
                consistent_rms=0.2,  # updates as large as AdamW's, so that one rate serves both
            ),
        )

    return optax.inject_hyperparams(muon)(learning_rate=0.0)


def _matrix_axes(params: Any) -> Any:
    """[layer, in, out] for stacked matrices; None: norm scales and the embedding, by AdamW."""
    return jax.tree.map(
        lambda leaf: optax.contrib.MuonDimensionNumbers(1, 2) if leaf.ndim == 3 else None, params
    )


def make_step(
    config: Qwen3VLConfig, optimizer: optax.GradientTransformation
) -> Callable[..., tuple[Any, Any, jax.Array]]:
    """jitted (params, opt_state, tokens_BS, mask_BS, weight_BS, rate) -> (params, opt_state, loss).

    The loss is the weighted mean of -log p(token | tokens before it).
    """
    hidden_of = qwen3_vl.hidden_fn(config, remat=True)  # 16 % faster on CPU, and smaller

    def loss_of(
        params: Any, tokens_BS: jax.Array, mask_BS: jax.Array, weight_BS: jax.Array
    ) -> jax.Array:
        hidden_BSD = hidden_of(params, tokens_BS, mask_BS)[:, :-1]
        logits_BSV = jnp.einsum("bsd,vd->bsv", hidden_BSD, qwen3_vl.head_VD(params, config))
        nll_BS = optax.softmax_cross_entropy_with_integer_labels(logits_BSV, tokens_BS[:, 1:])
        target_BS = weight_BS[:, 1:]
        return jnp.sum(nll_BS * target_BS) / jnp.maximum(jnp.sum(target_BS), 1.0)

    def step(
        params: Any,
        opt_state: Any,
        tokens_BS: jax.Array,
        mask_BS: jax.Array,
        weight_BS: jax.Array,
        rate: jax.Array,
    ) -> tuple[Any, Any, jax.Array]:
        loss, grads = jax.value_and_grad(loss_of)(params, tokens_BS, mask_BS, weight_BS)
        opt_state.hyperparams["learning_rate"] = rate
        updates, opt_state = optimizer.update(grads, opt_state, params)
        return optax.apply_updates(params, updates), opt_state, loss

    return jax.jit(step, donate_argnums=(0, 1))


class Checkpoint:
    """Parameters, optimizer and progress in one file, replaced atomically."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def save(self, params: Any, opt_state: Any, progress: Progress) -> None:
        """Write everything, or leave the file as it was."""
        state = {"params": params, "opt_state": opt_state, "progress": asdict(progress)}
        partial = self._path.with_suffix(".partial")
        partial.write_bytes(serialization.to_bytes(jax.device_get(state)))
        os.replace(partial, self._path)

    def load(self, params: Any, opt_state: Any) -> tuple[Any, Any, Progress]:
        """What was saved, or the arguments with no progress when nothing was."""
        if not self._path.exists():
            return params, opt_state, Progress()
        like = {"params": params, "opt_state": opt_state, "progress": asdict(Progress())}
        state = serialization.from_bytes(like, self._path.read_bytes())
        params, opt_state = jax.tree.map(jnp.asarray, (state["params"], state["opt_state"]))
        return params, opt_state, Progress(**state["progress"])

    def progress(self) -> Progress:
        """How far what was saved has come."""
        if not self._path.exists():
            return Progress()
        saved: Any = serialization.msgpack_restore(self._path.read_bytes())
        return Progress(**saved["progress"])


def train(
    config: Qwen3VLConfig,
    encoder: DocumentEncoder,
    corpus: Corpus,
    checkpoint: Checkpoint,
    mesh: Mesh,
    *,
    seed: int,
    tokens: int,
    peak_rate: float,
    batch_tokens: int,
) -> tuple[Any, Progress, float]:
    """Train until ``tokens`` tokens have been read, restarts included.

    Args:
      config, encoder, corpus: the model, and what it reads.
      checkpoint: where an interrupted training goes on.
      mesh: devices over which the rows of a batch are split; each has all parameters.
      seed, tokens, peak_rate, batch_tokens: as in ``Recipe``.

    Returns:
      Parameters, progress, and the mean loss of the last report.
    """
    optimizer = make_optimizer()
    params = qwen3_vl.init(jax.random.key(seed), config)
    params, opt_state, progress = checkpoint.load(params, optimizer.init(params))
    params, opt_state = jax.device_put((params, opt_state), replicated(mesh))
    step = make_step(config, optimizer)
    feed = batches(
        encoder, corpus, seed=seed, first=progress.documents, tokens_per_batch=batch_tokens,
        ways=mesh.size,
    )  # fmt: skip
    meter = _Meter(TimeLeft(tokens, progress.tokens))
    last = saved = time.monotonic()
    while progress.tokens < tokens:
        batch, documents = next(feed)
        rate = rate_at(progress.tokens / tokens, peak_rate)
        rows = shard_batch((batch.tokens_BS, batch.mask_BS, batch.weight_BS), mesh)
        params, opt_state, loss = step(params, opt_state, *rows, np.float32(rate))
        meter.add(float(loss), batch)
        now = time.monotonic()
        progress = Progress(
            steps=progress.steps + 1,
            documents=documents,
            tokens=progress.tokens + int(batch.mask_BS.sum()),
            seconds=progress.seconds + now - last,
        )
        last = now
        if meter.seconds >= REPORT_S:
            meter.report(progress, rate)
        if now - saved > CHECKPOINT_S:
            checkpoint.save(params, opt_state, progress)
            saved = now
    checkpoint.save(params, opt_state, progress)
    return params, progress, meter.report(progress, 0.0)


class _Meter:
    """Mean loss and speed since the last report, and how long the rest takes."""

    def __init__(self, left: TimeLeft) -> None:
        self._left = left
        self._clear()
        self._loss = math.nan

    def _clear(self) -> None:
        self._start, self._losses, self._tokens = time.monotonic(), [], 0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def add(self, loss: float, batch: TokenBatch) -> None:
        if not math.isfinite(loss):
            raise SettingsError(f"the loss is {loss}; lower --learning_rate")
        self._losses.append(loss)
        self._tokens += int(batch.mask_BS.sum())

    def report(self, progress: Progress, rate: float) -> float:
        if self._losses:
            self._loss = float(np.mean(self._losses))
            logger.info(
                "%.1f min, step %d, %.2f M tokens: loss %.4f, rate %.1e, %.0f tokens/s  %s",
                progress.seconds / 60, progress.steps, progress.tokens / 1e6, self._loss, rate,
                self._tokens / max(self.seconds, 1e-9), self._left.part(self._tokens),
            )  # fmt: skip
            self._clear()
        return self._loss


def prepare_corpus(domain: Domain, workdir: Path, num_tasks: int, attempts: int) -> Corpus:
    """The corpus over ``num_tasks`` rendered tasks; what is missing in the cache is rendered."""
    if domain.lab is None:
        raise ValueError(f"domain {domain.name!r} has no lab")
    lab, cache = domain.lab(), workdir / CACHE
    if len(read_cache(lab, cache)) < num_tasks:
        with RenderPool(domain.name, options=lab.options) as pool:
            extend_cache(lab, pool.map, cache, num_tasks, attempts)
    return Corpus(lab, read_cache(lab, cache)[:num_tasks])


def run(domain: Domain, out: Path, workdir: Path, recipe: Recipe, typed: str) -> None:
    """The whole way from nothing to a model folder. See the module's docstring.

    Raises:
      WorkdirError: as ``recipes.claim``.
    """
    recipes.claim(domain, out, workdir, recipe)
    progress = Checkpoint(workdir / CHECKPOINT).progress()
    recipes.announce(workdir, recipe, progress.tokens)
    corpus = prepare_corpus(domain, workdir, recipe.tasks, recipe.attempts)
    logger.info("corpus: %d programs, %d repairs", corpus.num_rendered, corpus.num_repairs)
    tokenizer = workdir / "tokenizer"
    if not (tokenizer / "tokenizer.json").exists():
        texts = tokenizer_texts(corpus, seed=recipe.seed, count=TOKENIZER_DOCUMENTS)
        train_tokenizer(texts, VOCABULARY, tokenizer)
    config = Qwen3VLConfig.from_hf(MINI_CONFIG)
    params, progress, loss = train(
        config, DocumentEncoder(tokenizer), corpus, Checkpoint(workdir / CHECKPOINT),
        make_mesh(), seed=recipe.seed, tokens=round(1e6 * recipe.million_tokens),
        peak_rate=recipe.peak_rate, batch_tokens=recipe.batch_tokens,
    )  # fmt: skip
    weights.save(out, params, config, dtype=jnp.bfloat16)
    for file in tokenizer.iterdir():
        (out / file.name).write_bytes(file.read_bytes())
    provenance = {
        "command": typed,
        "recipe": asdict(recipe),
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(params)),
        "rendered_programs": corpus.num_rendered,
        "checked_repairs": corpus.num_repairs,
        "document_shares": dict(zip(KINDS, SHARES, strict=True)),
        "documents_read": progress.documents,
        "tokens_read": progress.tokens,
        "steps": progress.steps,
        "training_minutes": round(progress.seconds / 60, 1),
        "final_loss": round(loss, 4),
    }
    (out / "PROVENANCE.json").write_text(json.dumps(provenance, indent=2) + "\n")
    logger.info("wrote %s: %s", out, provenance)


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line; wrong arguments end the process with a sentence (status 2)."""
    return parser().parse_args(arguments)


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    name = "python -m vsdpo_jax.lab.pretrain"
    made = argparse.ArgumentParser(prog=name, description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.epilog = examples(name, "--out=mini-{0} --workdir=runs/pretrain-{0}")
    add = made.add_argument
    add("--domain", type=lab_domain, required=True, help="what the programs draw")
    add("--out", type=Path, required=True, help="folder for the model")
    add("--workdir", type=Path, required=True, help="folder for cache and checkpoint")
    add("--million_tokens", type=_positive(float), default=6.0, help="to read, with prompts")
    add("--tasks", type=_positive(int), default=1800, help="training tasks to render")
    add("--attempts", type=_positive(int), default=2, help="random programs of each task")
    add("--learning_rate", type=_positive(float), default=2e-3, help="peak")
    add("--batch_tokens", type=_positive(int), default=1536, help="tokens of a batch")
    add("--seed", type=int, default=0, help="root of weights and documents")
    return made


def _positive(kind: Callable[[str], float]) -> Callable[[str], float]:
    def convert(text: str) -> float:
        value = kind(text)
        if not 0 < value < float("inf"):
            raise argparse.ArgumentTypeError(f"{text}: use a number above 0")
        return value

    return convert


def main(arguments: Sequence[str]) -> None:
    """Entry point of the command."""
    given = parse_arguments(arguments)
    show_progress()
    # A device a core: two cores read 3,900 tokens/s as two devices, 2,850 as one, as XLA runs much
    # of a program of this size on one thread.
    jax.config.update("jax_num_cpu_devices", machine.cores())
    recipe = Recipe(
        seed=given.seed, tasks=given.tasks, attempts=given.attempts, peak_rate=given.learning_rate,
        million_tokens=given.million_tokens, batch_tokens=given.batch_tokens,
    )  # fmt: skip
    typed = "python -m vsdpo_jax.lab.pretrain " + shlex.join(arguments)
    run(given.domain, given.out, given.workdir, recipe, typed)


if __name__ == "__main__":
    with open_streams():
        command.guard(main, sys.argv[1:], "the same command goes on where it stopped")
