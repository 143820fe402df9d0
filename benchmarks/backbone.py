"""The backbone against the PyTorch reference, side by side in one run: forward and generation.

    python benchmarks/backbone.py [--repeats=5]

Both run the same weights on the same tokens: a Qwen3-VL of the shipped mini model's sizes, random,
saved once in Hugging Face format and loaded by each. Repeats alternate, so that a busy machine
slows both down, and medians are compared. Processor seconds decide, which a busy machine changes
least; wall seconds stand beside them. Results of past runs: docs/LOG.md.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import torch
import transformers

from vsdpo_jax.lab.pretrain import MINI_CONFIG
from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, weights
from vsdpo_jax.models.qwen3_vl.sizes import SIZES
from vsdpo_jax.rollout.sampler import Sampler

FORWARD_ROWS, FORWARD_TOKENS = 16, 288
PROMPT_TOKENS, NEW_TOKENS = 112, 160
GROUPS = (1, 4, 16)
"""Completions of one prompt: one for a person, a group for training."""
TARGETS = {"forward": 1.0, "generation": 5.0}
LARGEST_ERROR = 1e-5


class Cost(NamedTuple):
    """Seconds of one call."""

    cpu_s: float
    wall_s: float


def mini_config() -> Qwen3VLConfig:
    """The shipped mini model's sizes, with a small vision tower: the reference cannot do without
    one. Text does not go through it."""
    config = copy.deepcopy(SIZES["2b"])
    config["text_config"] = copy.deepcopy(MINI_CONFIG["text_config"])
    width = config["text_config"]["hidden_size"]
    config["vision_config"] |= {
        "depth": 2, "hidden_size": 64, "intermediate_size": 128, "num_heads": 2,
        "num_position_embeddings": 64, "out_hidden_size": width,
        "deepstack_visual_indexes": [0, 1],
    }  # fmt: skip
    markers = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")
    first = config["text_config"]["vocab_size"] - len(markers)
    config |= {name: first + place for place, name in enumerate(markers)}
    return Qwen3VLConfig.from_hf(config)


def timed(call: Callable[[], Any]) -> Cost:
    """Seconds of all threads of this process, and on the clock, until the result is there."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    jax.block_until_ready(call())
    return Cost(time.process_time() - cpu_s, time.perf_counter() - wall_s)


def compare(name: str, ours: Callable[[], Any], theirs: Callable[[], Any], repeats: int) -> float:
    """Prints both medians; how many times as fast ours is, in processor seconds."""
    for call in (ours, theirs):
        call()  # compiles, and warms caches up
    costs: list[tuple[Cost, Cost]] = [(timed(ours), timed(theirs)) for _ in range(repeats)]
    mine, other = (
        Cost(*(statistics.median(seconds) for seconds in zip(*side, strict=True)))
        for side in zip(*costs, strict=True)
    )
    cpu_ratio, wall_ratio = other.cpu_s / mine.cpu_s, other.wall_s / mine.wall_s
    target = TARGETS[name.split()[0]]
    verdict = "met" if cpu_ratio >= target else "MISSED"
    print(
        f"{name:<16}{mine.cpu_s:>9.3f}{other.cpu_s:>11.3f}{cpu_ratio:>8.2f}"
        f"{mine.wall_s:>11.3f}{other.wall_s:>11.3f}{wall_ratio:>8.2f}"
        f"   target >= {target:g}: {verdict}"
    )
    return cpu_ratio


def forwards(
    params: Any, config: Qwen3VLConfig, model: Any, tokens_BS: np.ndarray
) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Logits of every token: ours and the reference's, checked against each other."""
    hidden_of = qwen3_vl.hidden_fn(config)
    mask_BS = np.ones(tokens_BS.shape, bool)

    @jax.jit
    def logits_BSV(params: Any, tokens_BS: Any, mask_BS: Any) -> jax.Array:
        return hidden_of(params, tokens_BS, mask_BS) @ qwen3_vl.head_VD(params, config).T

    ids = torch.from_numpy(tokens_BS.astype(np.int64))

    def theirs() -> Any:
        with torch.no_grad():
            return model(input_ids=ids).logits.numpy()

    def ours() -> Any:
        return logits_BSV(params, tokens_BS, mask_BS)

    expected = theirs()
    error = np.abs(np.asarray(ours()) - expected).max() / np.abs(expected).max()
    if not error <= LARGEST_ERROR:
        raise RuntimeError(f"logits differ by {error:.2g} of the largest: not the same model")
    print(f"logits agree to {error:.1e}")
    return ours, theirs


def generations(
    params: Any, config: Qwen3VLConfig, model: Any, prompts_PS: np.ndarray, group: int
) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """``group`` completions of each prompt, sampled at temperature 1, none of which stops early."""
    sampler = Sampler(
        config, max_new_tokens=NEW_TOKENS, stop_ids=(), pad_id=0, vocab_size=config.vocab_size
    )
    mask_PS, key = np.ones(prompts_PS.shape, bool), jax.random.key(1)
    ids = torch.from_numpy(prompts_PS.astype(np.int64))

    def theirs() -> Any:
        with torch.no_grad():
            return model.generate(
                input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=True, top_k=0,
                temperature=1.0, max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS,
                num_return_sequences=group,
            ).numpy()  # fmt: skip

    def ours() -> Any:
        return sampler.sample(params, prompts_PS, mask_PS, key, group, 1.0)

    shapes = theirs().shape, ours().tokens_BT.shape
    rows = len(prompts_PS) * group
    if shapes != ((rows, PROMPT_TOKENS + NEW_TOKENS), (rows, NEW_TOKENS)):
        raise RuntimeError(f"the two sides made {shapes[0]} and {shapes[1]}: not the same work")
    return ours, theirs


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--repeats", type=int, default=5, help="of each side, alternating")
    return made


def main() -> None:
    """Measure and print the table."""
    repeats = parser().parse_args().repeats
    config, rng = mini_config(), np.random.default_rng(0)
    params = qwen3_vl.init(jax.random.key(0), config)
    with tempfile.TemporaryDirectory() as folder:
        weights.save(Path(folder), params, config)
        loaded = transformers.Qwen3VLForConditionalGeneration.from_pretrained(
            folder, dtype=torch.float32
        )
    model = loaded.eval()
    count = sum(leaf.size for leaf in jax.tree.leaves(params))
    print(f"{count:,} parameters, {jax.devices()[0]}, {torch.get_num_threads()} torch threads")
    last_id = min(config.image_token_id or config.vocab_size, config.vocab_size)
    tokens_BS = rng.integers(0, last_id, (FORWARD_ROWS, FORWARD_TOKENS)).astype(np.int32)
    prompts_PS = rng.integers(0, last_id, (1, PROMPT_TOKENS)).astype(np.int32)
    print(
        f"forward {FORWARD_ROWS} x {FORWARD_TOKENS}; generation rows x {NEW_TOKENS} after "
        f"{PROMPT_TOKENS}"
    )
    sides = {"forward": forwards(params, config, model, tokens_BS)}
    for group in GROUPS:
        sides[f"generation {group}"] = generations(params, config, model, prompts_PS, group)
    print(f"{'':<16}{'ours cpu':>9}{'torch cpu':>11}{'times':>8}{'ours wall':>11}{'torch':>11}")
    for name, (ours, theirs) in sides.items():
        compare(name, ours, theirs, repeats)


if __name__ == "__main__":
    main()
