"""Does it fit? Bytes per device of a config's update, and what to change when it does not.

    python -m vsdpo_jax.plan --config=configs/chart_8b.py --devices=4 --hbm_gib=95 \\
        --config.mesh.fsdp=4 --config.train.num_microbatches=16

Compiles the real update for that many devices, on CPU, without weights, data or accelerator; see
planning.py for what the figures mean. --machine=v5e-16 also reckons on paper the seconds of a step
by stage, and the price of the run (run/costs.py, docs/cost-model.md).
Exit code 0: it fits; 1: it does not; 2: a setting is wrong.
"""

from __future__ import annotations

import dataclasses
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import jax
from absl import flags
from ml_collections import config_flags

from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, lora
from vsdpo_jax.run import command, costs, planning
from vsdpo_jax.run.planning import Memory
from vsdpo_jax.run.settings import Settings, SettingsError, from_config
from vsdpo_jax.runtime.metrics import duration

GIB = 2**30
LEAST_SAVING = 0.05
"""Share of the peak that a change has to save to be combined with others."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """Settings that would save memory.

    Attributes:
      leaves: name in the config -> value.
      settings: with them.
      is_exact: the saving follows from shapes; otherwise the update has to be compiled again.
    """

    leaves: dict[str, Any]
    settings: Settings
    is_exact: bool

    @property
    def flags(self) -> str:
        """As they are given on the command line."""
        return " ".join(f"--config.{leaf}={_as_flag(value)}" for leaf, value in self.leaves.items())


def changes(settings: Settings, config: Qwen3VLConfig) -> Iterator[Change]:
    """What could be changed, from what changes the training least to what changes it most."""
    mesh = planning.make_mesh(settings).shape
    ways = mesh["data"] * mesh["fsdp"]
    if not settings.model.remat:
        yield _change(settings, {"model.remat": True}, is_exact=False)
    if settings.model.dtype != "bfloat16":
        yield _change(settings, {"model.dtype": "bfloat16"}, is_exact=False)
    if (parts := _more_parts(settings)) is not None:
        yield parts
    if mesh["data"] > 1:
        split = {"mesh.data": 1, "mesh.fsdp": ways}
        yield _change(settings, split, is_exact=False)
    elif mesh["fsdp"] % 2 == 0 and config.num_key_value_heads % (2 * mesh["tensor"]) == 0:
        split = {"mesh.data": 1, "mesh.fsdp": ways // 2, "mesh.tensor": 2 * mesh["tensor"]}
        yield _change(settings, split, is_exact=False)
    yield from _smaller_state(settings, config)
    if settings.rollout.max_new_tokens > 1:
        half = settings.rollout.max_new_tokens // 2
        yield _change(settings, {"rollout.max_new_tokens": half}, is_exact=False)


def _more_parts(settings: Settings) -> Change | None:
    """The next more micro-batches of whole rows for every device; None where each has one."""
    mesh = planning.make_mesh(settings).shape
    ways = mesh["data"] * mesh["fsdp"]
    rows = settings.rollout.prompts_per_step * settings.rollout.group_size
    each = rows // settings.train.num_microbatches // ways
    if each < 2:
        return None
    factor = next(n for n in range(2, each + 1) if each % n == 0)
    parts = settings.train.num_microbatches * factor
    return _change(settings, {"train.num_microbatches": parts}, is_exact=False)


def _smaller_state(settings: Settings, config: Qwen3VLConfig) -> Iterator[Change]:
    model, optim = settings.model, settings.optim
    if optim.state_dtype != "bfloat16":
        yield _change(settings, {"optim.state_dtype": "bfloat16"}, is_exact=True)
    if settings.teacher.kind != "live":
        yield _change(settings, {"teacher.kind": "live"}, is_exact=True)
    if not model.lora_rank:
        parts = [*(["vision"] if config.vision is not None else []), "embeddings"]
        for part in parts:
            if part not in model.freeze:
                freeze = (*model.freeze, part)
                yield _change(settings, {"model.freeze": freeze}, is_exact=True)
    if optim.kind != "adafactor":
        factored = {"optim.kind": "adafactor", "optim.b1": 0.0}
        yield _change(settings, factored, is_exact=True)
    if not model.lora_rank or model.param_dtype != "bfloat16":
        rank = model.lora_rank or 32
        adapters = {"model.lora_rank": rank, "model.param_dtype": "bfloat16"}
        if config.experts is not None:
            adapters["model.lora_targets"] = lora.ATTENTION
        yield _change(settings, adapters, is_exact=True)


def _change(settings: Settings, leaves: dict[str, Any], *, is_exact: bool) -> Change:
    changed = settings
    for leaf, value in leaves.items():
        group, name = leaf.split(".")
        inner = dataclasses.replace(getattr(changed, group), **{name: value})
        changed = dataclasses.replace(changed, **{group: inner})
    return Change(leaves=leaves, settings=changed, is_exact=is_exact)


def _as_flag(value: Any) -> str:
    return f'"{value!r}"' if isinstance(value, tuple) else str(value)


def memory_after(change: Change, memory: Memory, config: Qwen3VLConfig) -> Memory:
    """What ``memory`` would become: from shapes where the change is exact, compiled otherwise.

    Raises:
      SettingsError: these shapes cannot be split that way.
    """
    if not change.is_exact:
        return planning.measure(change.settings, config)
    after = planning.resident(change.settings, config)
    # One micro-batch's gradients, of the parameters' type, stand beside their sum.
    activations = max(memory.activations - max(memory.trained - after.trained, 0), 0)
    return dataclasses.replace(after, activations=activations)


def format_table(memory: Memory, hbm_gib: float) -> str:
    """One line for each part, GiB per device."""
    lines = [
        ("parameters, trained", memory.trained),
        ("parameters, frozen", memory.frozen),
        ("optimizer state", memory.optimizer),
        ("teacher", memory.teacher),
        ("batch", memory.batch),
        ("gradients", memory.gradients),
        ("activations and head", memory.activations),
        ("update, in all", memory.update),
        ("key-value cache", memory.cache),
        ("sampling, in all", memory.sampling),
    ]
    rows = [f"{'GiB per device':<24}{'':>9}"]
    for name, size in lines:
        verdict = ""
        if name.endswith("in all"):
            fits = size <= hbm_gib * GIB
            verdict = f"   of {hbm_gib:g}: {'fits' if fits else 'DOES NOT FIT'}"
        rows.append(f"{name:<24}{size / GIB:>9.2f}{verdict}")
    return "\n".join(rows)


def describe(settings: Settings, config: Qwen3VLConfig) -> str:
    """One paragraph: what is planned."""
    mesh = planning.make_mesh(settings)
    state = planning.abstract_state(settings, config, mesh)
    trained, frozen = (
        sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(tree))
        for tree in (state.train.params, state.frozen)
    )
    rollout = settings.rollout
    rows = rollout.prompts_per_step * rollout.group_size
    axes = " x ".join(f"{axis} {size}" for axis, size in mesh.shape.items())
    lines = [
        f"{(trained + frozen) / 1e9:.3f} B parameters, {trained / 1e9:.3f} B of them trained",
        f"mesh {axes}; {rows} rows in {settings.train.num_microbatches} micro-batches",
        f"columns: student {rollout.prompt_limit + rollout.max_new_tokens}, teacher "
        f"{settings.teacher.prompt_limit + rollout.max_new_tokens}, of them "
        f"{rollout.max_new_tokens} sampled",
    ]
    lines += [_reads(settings, config, reader) for reader in ("student", "teacher")]
    if settings.model.attention != "xla":
        lines.append(f'attention planned as "xla"; "{settings.model.attention}" needs no more')
    return "\n".join(lines)


def _reads(settings: Settings, config: Qwen3VLConfig, reader: Literal["student", "teacher"]) -> str:
    """Pictures of a row and operations of its forward pass."""
    prompt = settings.rollout if reader == "student" else settings.teacher
    columns = prompt.prompt_limit + settings.rollout.max_new_tokens
    look = costs.vision_of(settings, config, reader)
    done = costs.forward_flops(settings, config, reader, columns)
    shares = ", ".join(
        f"{name} {100 * one / sum(done.values()):.0f} %" for name, one in done.items()
    )
    return (
        f"a {reader}'s row: {look.pictures} x {look.tokens} tokens of pictures ({look.patches} "
        f"patches each); {sum(done.values()) / 1e12:.3g} TFLOP forward: {shares}"
    )


def plan(settings: Settings, hbm_gib: float, machine: costs.Machine | None = None) -> bool:
    """Prints the table, and advice where it does not fit; whether it fits."""
    config = planning.model_config(settings)
    planning.check_lengths(settings, config)
    sys.stdout.write(describe(settings, config) + "\n\n")
    if machine is not None:
        paper = costs.format_table(costs.estimate(settings, config, machine), settings)
        sys.stdout.write(paper + "\n\n")
    sys.stdout.flush()
    sys.stderr.write("compiling the update on the CPU: 5 to 15 processor seconds, if not busy\n")
    started = time.monotonic()
    memory = planning.measure(settings, config)
    seconds = time.monotonic() - started
    sys.stdout.write(format_table(memory, hbm_gib) + "\n")
    over = memory.peak - hbm_gib * GIB
    if over <= 0:
        return True
    found = list(changes(settings, config))
    times = sum(not change.is_exact for change in found)
    sys.stderr.write(
        f"looking for what fits: {times} compilations, {duration(seconds * times)} at the pace of "
        "the one above; about twice that if no change alone is enough\n"
    )
    sys.stdout.write(f"\n{over / GIB:.2f} GiB too much. Each alone saves, in GiB:\n")
    is_enough = False
    for change in found:
        try:
            saved = memory.peak - memory_after(change, memory, config).peak
        except SettingsError:
            continue
        if saved > 0:
            is_enough |= saved >= over
            enough = "   (enough)" if saved >= over else ""
            sys.stdout.write(f"{saved / GIB:9.2f}  {change.flags}{enough}\n")
            sys.stdout.flush()
    if not is_enough:
        sys.stdout.write("\nNone is enough. Together:\n")
        together, memory = combine(settings, config, memory, hbm_gib)
        verdict = "fits" if memory.peak <= hbm_gib * GIB else "still too much: use more devices"
        sys.stdout.write(f"{memory.peak / GIB:9.2f}  {together.flags}   ({verdict})\n")
    return False


def combine(
    settings: Settings, config: Qwen3VLConfig, memory: Memory, hbm_gib: float
) -> tuple[Change, Memory]:
    """Changes on top of each other until the update fits, or until nothing is left to change.

    In the order of ``changes``: what the training does not notice first. Compiles once for each
    change whose saving does not follow from shapes, and once at the end.

    Returns:
      (all of them as one change, the memory with them).
    """
    leaves: dict[str, Any] = {}
    useless: set[str] = set()
    while memory.peak > hbm_gib * GIB:
        left = (one for one in changes(settings, config) if one.flags not in useless)
        change = next(left, None)
        if change is None:
            break
        tried = _with_most_parts(change, config)
        try:
            after = memory_after(tried, memory, config)
        except SettingsError:
            after = memory
        if tried.is_exact and after.peak <= hbm_gib * GIB:  # an estimate
            after = planning.measure(tried.settings, config)
        least = 0 if tried.is_exact else LEAST_SAVING * memory.peak
        if memory.peak - after.peak > least:
            leaves, settings, memory = leaves | tried.leaves, tried.settings, after
        else:
            useless.add(change.flags)
    return Change(leaves=leaves, settings=settings, is_exact=False), memory


def _with_most_parts(change: Change, config: Qwen3VLConfig) -> Change:
    """``change``, with one row a device in each micro-batch where it is about rows or the mesh."""
    if not any(leaf.startswith(("train.", "mesh.")) for leaf in change.leaves):
        return change
    while (more := _more_parts(change.settings)) is not None:
        leaves = change.leaves | more.leaves
        change = Change(leaves=leaves, settings=more.settings, is_exact=False)
    return change


def main(argv: list[str]) -> None:
    del argv
    values = flags.FLAGS
    if not values.config:
        raise SettingsError("give --config=configs/chart_8b.py --devices=16 --hbm_gib=16")
    devices, hbm_gib, machine = hardware(values)
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_num_cpu_devices", devices)
    jax.config.update("jax_enable_compilation_cache", False)  # its programs have no statistics
    if not plan(from_config(values.config), hbm_gib, machine):
        sys.exit(1)


def hardware(values: flags.FlagValues) -> tuple[int, float, costs.Machine | None]:
    """Devices, GiB of each and the machine that the flags ask for.

    Raises:
      SettingsError: no such machine, or not of so many devices; nothing to plan for.
    """
    machine = costs.MACHINES.get(values.machine)
    if values.machine and machine is None:
        raise SettingsError(f"--machine={values.machine}: use one of {', '.join(costs.MACHINES)}")
    devices, hbm_gib = values.devices, values.hbm_gib
    if devices is None:
        devices = machine.devices if machine else 1
    if hbm_gib is None:
        hbm_gib = machine.hbm_gib if machine else 16.0
    if devices < 1 or not hbm_gib > 0:
        raise SettingsError("--devices is 1 or more, --hbm_gib above 0")
    if machine and devices != machine.devices:
        raise SettingsError(
            f"--devices={devices}: {values.machine} has {machine.devices}; leave --devices out"
        )
    return devices, hbm_gib, machine


def define_flags(values: flags.FlagValues = flags.FLAGS) -> None:
    """The command's flags."""
    config_flags.DEFINE_config_file(
        "config", None, "experiment, e.g. configs/chart_8b.py", flag_values=values
    )
    flags.DEFINE_integer(
        "devices", None, "accelerators; default: those of --machine, else 1", flag_values=values
    )
    flags.DEFINE_float(
        "hbm_gib", None, "memory of each, GiB; default: of --machine, else 16", flag_values=values
    )
    flags.DEFINE_string(
        "machine",
        "",
        f"reckon seconds and price of {', '.join(costs.MACHINES)}",
        flag_values=values,
    )


if __name__ == "__main__":
    define_flags()
    command.run(main, interrupted="nothing was kept")
