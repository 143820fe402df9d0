"""What has no room is refused before memory is taken, with what has."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tiny_folder import PROMPTS, picture, user

import vsdpo_jax
from vsdpo_jax.rollout import memory
from vsdpo_jax.rollout.batch import PromptTooLongError


def count_arguments(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Programs need what their inputs hold, which is as linear as the truth; gives what was asked.

    The truth needs a compiler, and the tests' cache of programs does not tell it.
    """
    seen: list[int] = []

    def needed_bytes(lowered: jax.stages.Lowered, resident: Any) -> int:
        inputs = jax.tree.leaves(lowered.args_info)
        held = sum(leaf.nbytes for leaf in jax.tree.leaves(resident))
        seen.append(sum(int(np.prod(x.shape)) * x.dtype.itemsize for x in inputs) - held)
        return seen[-1]

    monkeypatch.setattr(memory, "needed_bytes", needed_bytes)
    return seen


def test_needed_memory_is_what_is_not_there_yet() -> None:
    """Arguments but for the resident ones, results and temporaries, by hand."""
    weights_HH, input_BH = jnp.ones((256, 256)), jax.ShapeDtypeStruct((64, 256), jnp.float32)
    lowered = jax.jit(lambda w_HH, x_BH: jnp.sin(x_BH @ w_HH)).lower(weights_HH, input_BH)
    least = 4 * (64 * 256 + 64 * 256)  # the input and the result; the product may be its place
    assert least <= memory.needed_bytes(lowered, weights_HH) <= least + 4 * 64 * 256


def test_what_has_no_room_is_refused_with_what_has(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number that is named fits, and nothing was taken before."""
    model = vsdpo_jax.load(folder)
    seen = count_arguments(monkeypatch)
    text = PROMPTS["text"]
    model.score(text, "a\n" * 30)
    monkeypatch.setattr(memory, "free_bytes", lambda device: seen[0])
    model.score(text, "a\n" * 30)
    gc.collect()  # what other tests have left
    before = len(jax.live_arrays())
    for call in (
        lambda: model.score(text, "a\n" * 200),
        lambda: model.generate(
            [*text, {"role": "user", "content": "a\n" * 200}], max_new_tokens=4, num_samples=2
        ),
    ):
        with pytest.raises(PromptTooLongError, match=r"tokens.*: that takes .* free \(cpu\)"):
            call()
        assert len(jax.live_arrays()) <= before
    prompt = len(model.processor.encode_chat(text))
    with pytest.raises(PromptTooLongError) as caught:
        model.score(text, "a\n" * 200)
    fits = int(re.search(r"; (\d+) tokens in all fit$", str(caught.value))[1])
    assert 64 <= fits < 512
    assert len(model.score(text, "a\n" * ((fits - prompt) // 2)).token_ids) > 1
    monkeypatch.setattr(memory, "free_bytes", lambda device: 1)
    with pytest.raises(PromptTooLongError, match="nothing that is much shorter fits either"):
        model.score(text, "a\n" * 200)


def test_a_picture_without_room_is_refused_with_the_pixels_that_have(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = vsdpo_jax.load(folder, max_pixels=400_000)
    seen = count_arguments(monkeypatch)
    small, large = user(picture(320, 320)), user(picture(640, 600))
    model.score(small, "a")
    monkeypatch.setattr(memory, "free_bytes", lambda device: 3 * seen[0] // 2)
    with pytest.raises(PromptTooLongError) as caught:
        model.score(large, "a")
    pixels = int(re.search(r"load with max_pixels=(\d+)$", str(caught.value))[1])
    assert 320 * 320 <= pixels < 400_000
    other = vsdpo_jax.load(folder, max_pixels=pixels)
    assert other.processor.image_settings.max_pixels == pixels
    assert np.isfinite(other.score(large, "a").logprobs).all()


def test_free_memory_is_what_host_and_container_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (device,) = jax.devices()[:1]
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    2000 kB\n")
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    assert memory.free_bytes(device) == 2_048_000
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("700000\n")
    (tmp_path / "memory.stat").write_text("anon 5\ninactive_file 200000\n")
    assert memory.free_bytes(device) == 500_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.free_bytes(device) == 2_048_000
    (tmp_path / "meminfo").unlink()
    assert memory.free_bytes(device) is None
