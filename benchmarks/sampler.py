"""Speed of sampling and of a training-like pass, at mini size.

    python benchmarks/sampler.py [sample] [narrowed] [train]

Without arguments all of them. CPU seconds are the reliable column on a shared machine. The first
call compiles.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig
from vsdpo_jax.rollout.sampler import Sampler
from vsdpo_jax.rollout.stopping import stop_table

CONFIG = Qwen3VLConfig(
    vocab_size=1024,
    hidden_size=192,
    intermediate_size=512,
    num_hidden_layers=5,
    num_attention_heads=6,
    num_key_value_heads=3,
    head_dim=32,
    rms_norm_eps=1e-6,
    rope_theta=1e4,
    mrope_section=(6, 5, 5),
    max_position_embeddings=4096,
    tie_word_embeddings=True,
)
PROMPTS, GROUP, PROMPT_TOKENS, NEW_TOKENS = 2, 8, 112, 160
TRAIN_ROWS, TRAIN_TOKENS = 32, 288
REPEATS = 3
PARTS = ("sample", "narrowed", "train")


def timed(call: Callable[[], Any]) -> tuple[float, float]:
    """(wall, CPU) seconds until the result is there."""
    wall, cpu = time.perf_counter(), time.process_time()
    jax.block_until_ready(call())
    return time.perf_counter() - wall, time.process_time() - cpu


def report(name: str, call: Callable[[], Any], tokens: int) -> None:
    """Prints the first call and the best of the later ones."""
    first = timed(call)
    best = min((timed(call) for _ in range(REPEATS)), key=lambda pair: pair[1])
    print(
        f"{name}: first {first[0]:.2f} s wall, {first[1]:.2f} s CPU; then {best[0]:.2f} s wall, "
        f"{best[1]:.2f} s CPU, {tokens / best[1]:.0f} tokens per CPU second"
    )


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("parts", nargs="*", type=_part, metavar="PART", help="default: all")
    return made


def _part(name: str) -> str:
    """A choice; of argparse's own "choices" none at all would be a wrong one."""
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(PARTS)}")
    return name


def main() -> None:
    """Runs the named measurements."""
    parts = parser().parse_args().parts or PARTS
    params = qwen3_vl.init(jax.random.key(0), CONFIG)
    print(f"{sum(leaf.size for leaf in jax.tree.leaves(params)):,} parameters, {jax.devices()[0]}")
    if "sample" in parts:
        measure_sampling(params, "sample")
    if "narrowed" in parts:
        never = stop_table(["```", "</answer>"], [b"x"] * CONFIG.vocab_size)
        measure_sampling(params, "with stop strings", stop_strings=never)
        measure_sampling(params, "with top_k 50", top_k=50)
        measure_sampling(params, "with top_p 0.95", top_p=0.95)
    if "train" in parts:
        measure_training(params)


def measure_sampling(params: Any, name: str, **settings: Any) -> None:
    """A prefill of two prompts and a group of eight completions of each."""
    rng = np.random.default_rng(0)
    prompts_PS = rng.integers(0, CONFIG.vocab_size, (PROMPTS, PROMPT_TOKENS)).astype(np.int32)
    mask_PS = np.ones(prompts_PS.shape, bool)
    sampler = Sampler(
        CONFIG, max_new_tokens=NEW_TOKENS, stop_ids=(), pad_id=0, vocab_size=CONFIG.vocab_size,
        **settings,
    )  # fmt: skip
    report(
        f"{name}: {PROMPTS * GROUP} x {NEW_TOKENS} after {PROMPT_TOKENS}",
        lambda: sampler.sample(params, prompts_PS, mask_PS, jax.random.key(1), GROUP, 1.0),
        PROMPTS * GROUP * NEW_TOKENS,
    )


def measure_training(params: Any) -> None:
    """Forward and backward pass, with and without recomputation."""
    rng = np.random.default_rng(0)
    tokens_BS = jnp.asarray(rng.integers(0, CONFIG.vocab_size, (TRAIN_ROWS, TRAIN_TOKENS)))
    for remat in (False, True):
        step = jax.jit(jax.value_and_grad(make_loss(remat)))
        report(
            f"forward and backward {TRAIN_ROWS} x {TRAIN_TOKENS}, remat {remat}",
            lambda step=step: step(params, tokens_BS),
            TRAIN_ROWS * TRAIN_TOKENS,
        )


def make_loss(remat: bool) -> Callable[[Any, jax.Array], jax.Array]:
    """Cross-entropy of every next token."""
    hidden_of = qwen3_vl.hidden_fn(CONFIG, remat=remat)

    def loss(params: Any, tokens_BS: jax.Array) -> jax.Array:
        hidden_BSD = hidden_of(params, tokens_BS, jnp.ones(tokens_BS.shape, bool))
        logits_BSV = jnp.einsum("bsd,vd->bsv", hidden_BSD, qwen3_vl.head_VD(params, CONFIG))
        logp_BSV = jax.nn.log_softmax(logits_BSV[:, :-1], axis=-1)
        return -jnp.mean(jnp.take_along_axis(logp_BSV, tokens_BS[:, 1:, None], axis=-1))

    return loss


if __name__ == "__main__":
    main()
