"""What a step costs: a trace of chosen steps, compilations, memory, and the share of the peak.

The model's work is counted as 2 operations for each weight of a matrix and token, three times that
with gradients (PaLM, arXiv 2204.02311, appendix B); attention's scores and what is computed again
to save memory do not count, padding does.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax

from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig
from vsdpo_jax.run.settings import Settings, SettingsError
from vsdpo_jax.runtime import machine
from vsdpo_jax.runtime.compiles import Compiles

if TYPE_CHECKING:
    from vsdpo_jax.run import opening

WARM_UP_STEPS = 2
"""Steps of a session in which everything is compiled that it needs."""
_NOTICED_S = 0.5  # of a compilation; shorter ones are single operations on the host's side
PEAK_TFLOPS = {
    "v4": 275.0, "v5e": 197.0, "v5p": 459.0, "v6e": 918.0, "a100": 312.0, "h100": 989.0,
    "h200": 989.0,
}  # fmt: skip
"""bfloat16, dense, of one device as JAX counts them: data sheets of Google Cloud and NVIDIA."""
_KINDS = (
    (r"v5 ?lite|v5e", "v5e"), (r"v5p?$", "v5p"), (r"v6", "v6e"), (r"v4", "v4"),
    (r"H100", "h100"), (r"H200", "h200"), (r"A100", "a100"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps to trace, ``end`` excluded."""

    first: int
    end: int


def parse_steps(text: str) -> Steps | None:
    """``3:5`` -> steps 3 and 4; ``3`` -> step 3; empty -> None.

    Raises:
      SettingsError: something else.
    """
    if not text:
        return None
    found = re.fullmatch(r"(\d+)(?::(\d+))?", text, re.ASCII)
    if found is not None:
        first = int(found[1])
        end = first + 1 if found[2] is None else int(found[2])
        if first < end:
            return Steps(first, end)
    raise SettingsError(f"--profile={text}: use FIRST:END, e.g. 3:5 for the steps 3 and 4")


class Gauge:
    """Measures steps.

    Args:
      profile: steps to trace; None: none.
      workdir: the trace goes to its folder ``profile``; None: this process traces nothing.
    """

    def __init__(self, profile: Steps | None, workdir: Path | None):
        self._profile, self._workdir = profile, workdir
        self._compiles = Compiles()
        self._num_steps = self._step = 0
        self._is_traced = False

    @contextlib.contextmanager
    def step(self, step: int) -> Iterator[None]:
        """Around a step."""
        self._compiles.done.clear()
        self._step = step
        chosen, workdir = self._profile, self._workdir
        is_traced = chosen is not None and chosen.first <= step < chosen.end
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._compiles)
            if is_traced and workdir is not None:
                folder = workdir / "profile" / f"step_{step:05d}"
                stack.enter_context(jax.profiler.trace(str(folder)))
            yield
        self._num_steps += 1

    def figures(self, run: opening.Run, row: Mapping[str, float]) -> dict[str, float]:
        """Columns of metrics.jsonl about the step that has ended."""
        done = self._compiles.done
        figures = {
            "compiles/count": float(len(done)),
            "compiles/seconds": sum(one.seconds for one in done),
            "host/memory_mb": machine.used_bytes() / 2**20,
            "host/descriptors": float(machine.num_descriptors()),
        }
        peak_bytes = machine.device_peak_bytes()
        if peak_bytes is not None:
            figures["device/peak_mb"] = peak_bytes / 2**20
        seconds = row.get("seconds/6_update", 0.0)
        if seconds > 0 and "reward" in row:
            tflops = update_flops(run.settings, run.config) / seconds / 1e12 / jax.device_count()
            figures["update/tflops_per_device"] = tflops
            peak = peak_tflops(jax.devices()[0].device_kind)
            if peak is not None:
                figures["update/mfu"] = tflops / peak
        return figures

    def warnings(self) -> list[str]:
        """A sentence for each program that this step compiled and the first ones did not need."""
        if self._num_steps <= WARM_UP_STEPS:
            return []
        return [
            f"step {self._step + 1} waited {one.seconds:.1f} s for the compilation of {one.name} "
            f"for the new shapes {_first(one.shapes)}"
            for one in self._compiles.done
            if one.seconds >= _NOTICED_S
        ]


def tree_bytes(tree: Any) -> float:
    """Bytes of a pytree of arrays, each counted once, on however many devices it lies."""
    return float(sum(leaf.nbytes for leaf in jax.tree.leaves(tree)))


def update_flops(settings: Settings, config: Qwen3VLConfig) -> float:
    """Operations of the model in one update of all rows: student, its gradients, and the teacher.

    Pictures are not counted.
    """
    rows, new = settings.num_rows, settings.rollout.max_new_tokens
    student, teacher = settings.rollout.prompt_limit + new, settings.teacher.prompt_limit + new
    body, head = matrix_weights(config)
    has_teacher = settings.teacher.kind != "none"
    passes = 3 * (body * student + head * new)
    passes += (body * teacher + head * new) * has_teacher * (
        1 + (settings.teacher.baseline_weight > 0)
    )  # fmt: skip
    return 2.0 * rows * passes * settings.train.epochs_per_batch


def matrix_weights(config: Qwen3VLConfig) -> tuple[int, int]:
    """Weights of the text model's matrices that a token goes through: (layers, head)."""
    width = config.hidden_size
    heads = config.num_attention_heads + config.num_key_value_heads
    attention = 2 * width * config.head_dim * heads
    if config.experts is None:
        mlp = 3 * width * config.intermediate_size
    else:
        experts = config.experts
        mlp = 3 * width * experts.moe_intermediate_size * experts.num_experts_per_tok
        mlp += width * experts.num_experts
    return config.num_hidden_layers * (attention + mlp), width * config.vocab_size


def peak_tflops(kind: str) -> float | None:
    """What a device of this kind can do, in bfloat16; None: unknown."""
    return next((PEAK_TFLOPS[name] for sign, name in _KINDS if re.search(sign, kind)), None)


def _first(shapes: Any) -> str:
    more = ", ..." if len(shapes) > 4 else ""
    return ", ".join(shapes[:4]) + more
