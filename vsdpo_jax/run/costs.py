"""What a step costs, on paper: seconds by stage from shapes, data sheets and stated assumptions.

Nothing is compiled or run. Every stage is the larger of what its arithmetic, its memory traffic and
its links take, as if they overlapped perfectly; what is not known is a field of Assumptions.
docs/cost-model.md explains the formulas and has the tables.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig
from vsdpo_jax.run import stages
from vsdpo_jax.run.profiling import PEAK_TFLOPS, matrix_weights
from vsdpo_jax.run.settings import Settings, SettingsError

GIGA = 1e9


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """Accelerators that are rented together.

    Attributes:
      devices: in all.
      hosts: that feed them; each renders.
      cores: of a host, for rendering.
      hbm_gib: memory of a device.
      tflops: of a device in bfloat16, dense.
      hbm_gbs: of a device's memory, GB/s.
      link_gbs: that a device receives in an all-gather over all devices, GB/s.
      dollars: an hour, for all of it; from memory.
    """

    devices: int
    hosts: int
    cores: int
    hbm_gib: float
    tflops: float
    hbm_gbs: float
    link_gbs: float
    dollars: float


MACHINES = {
    # 4 x 4 without wraparound: two axes of 45 GB/s each way. 4 hosts of 112 virtual cores.
    "v5e-16": Machine(devices=16, hosts=4, cores=56, hbm_gib=16, tflops=PEAK_TFLOPS["v5e"],
                      hbm_gbs=819, link_gbs=90, dollars=16 * 1.20),
    # 2 x 2 x 1: two axes of 90 GB/s each way. One host of 208 virtual cores.
    "v5p-8": Machine(devices=4, hosts=1, cores=104, hbm_gib=95, tflops=PEAK_TFLOPS["v5p"],
                     hbm_gbs=2765, link_gbs=180, dollars=4 * 4.20),
    # NVLink 4: 450 GB/s each way.
    "h200-8": Machine(devices=8, hosts=1, cores=96, hbm_gib=139, tflops=PEAK_TFLOPS["h200"],
                      hbm_gbs=4800, link_gbs=450, dollars=8 * 3.50),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Assumptions:
    """What nobody has measured on these machines.

    Attributes:
      matmul_share: of the peak that large products reach.
      hbm_share, link_share: of the data sheet's bandwidths.
      collective_us: microseconds before the first byte of a collective comes.
      decoded_share: of max_new_tokens that are sampled until the last row of a batch has ended.
      render_s: processor seconds of one program, drawn and judged.
      host_s: processor seconds of a rollout's other work on its host: decoding, credit, contexts.
      feed_gbs: from the devices of a host to it, GB/s.
      store_gbs: that a host writes of a checkpoint, GB/s.
    """

    matmul_share: float = 0.45
    hbm_share: float = 0.8
    link_share: float = 0.7
    collective_us: float = 10.0
    decoded_share: float = 1.0
    render_s: float = 0.25
    host_s: float = 0.05
    feed_gbs: float = 10.0
    store_gbs: float = 0.5


Bound = Literal["arithmetic", "memory", "links", "host cores", "copies to hosts", "storage"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """Seconds of a part of a step, by what could bind it.

    Attributes:
      name: as in metrics.jsonl, or a part of one.
      parts: what could bind -> seconds it would take alone.
    """

    name: str
    parts: dict[Bound, float]

    @property
    def bound(self) -> Bound:
        """What takes the longest."""
        return max(self.parts, key=lambda bound: self.parts[bound])

    @property
    def seconds(self) -> float:
        """Of the stage."""
        return self.parts[self.bound]


@dataclass(frozen=True, kw_only=True, slots=True)
class Costs:
    """A step and a run.

    Attributes:
      stages: in order.
      evaluation_s: seconds of one evaluation.
      hours, dollars: of the whole run: its steps, and an evaluation before and after.
    """

    stages: tuple[Stage, ...]
    evaluation_s: float
    hours: float
    dollars: float

    @property
    def step_s(self) -> float:
        """Seconds of one step."""
        return sum(stage.seconds for stage in self.stages)

    def bottlenecks(self) -> list[Stage]:
        """Stages, the longest first: what binds, and what would bind next."""
        return sorted(self.stages, key=lambda stage: -stage.seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Vision:
    """Pictures of a row.

    Attributes:
      pictures: places for them.
      tokens: of a picture in the text.
      patches: of a picture in the tower.
    """

    pictures: int
    tokens: int
    patches: int


def vision_of(
    settings: Settings, config: Qwen3VLConfig, reader: Literal["student", "teacher"]
) -> Vision:
    """What a row of a reader has of pictures, padding included: it is the same for every row."""
    patches = stages.num_patches(settings, config)
    each = config.vision.patches_per_token if config.vision is not None else 1
    count = settings.num_images(reader) if patches else 0
    return Vision(pictures=count, tokens=patches // each, patches=patches)


def forward_flops(
    settings: Settings, config: Qwen3VLConfig, reader: Literal["student", "teacher"], columns: int
) -> dict[str, float]:
    """Operations of one row's forward pass: matrices, attention (all scores), vision.

    Args:
      settings, config: of the run.
      reader: whose pictures it has.
      columns: tokens of the row.
    """
    body, _ = matrix_weights(config)
    width = config.num_attention_heads * config.head_dim
    scores = 4.0 * columns**2 * width * config.num_hidden_layers
    look, vision = vision_of(settings, config, reader), config.vision
    seen = 0.0
    if vision is not None and look.pictures:
        inner = vision.hidden_size
        matrices = vision.depth * (4 * inner**2 + 2 * inner * vision.intermediate_size)
        seen = 2.0 * look.patches * matrices + 4.0 * look.patches**2 * inner * vision.depth
    return {"matrices": 2.0 * body * columns, "attention": scores, "vision": seen * look.pictures}


def estimate(
    settings: Settings,
    config: Qwen3VLConfig,
    machine: Machine,
    assumed: Assumptions | None = None,
) -> Costs:
    """Seconds by stage and the price of a run.

    Raises:
      SettingsError: a mesh that is not of this machine.
    """
    paper = _Paper(settings, config, machine, assumed or Assumptions())
    rows = settings.num_rows
    others = (
        paper.sampling(settings.rollout.prompts_per_step, rows),
        paper.rendering(rows),
        paper.update(),
    )
    parts = (*others, paper.saving(sum(stage.seconds for stage in others)))
    batch = min(settings.rollout.eval_batch, settings.data.num_heldout)
    times = -(-settings.data.num_heldout // batch)
    evaluation_s = times * (paper.sampling(batch, batch).seconds + paper.rendering(batch).seconds)
    seconds = sum(stage.seconds for stage in parts) * settings.train.num_steps + 2 * evaluation_s
    return Costs(
        stages=parts, evaluation_s=evaluation_s, hours=seconds / 3600,
        dollars=seconds / 3600 * machine.dollars,
    )  # fmt: skip


class _Paper:
    """The formulas, with what they share."""

    def __init__(
        self, settings: Settings, config: Qwen3VLConfig, machine: Machine, assumed: Assumptions
    ):
        self._settings, self._config = settings, config
        self._machine, self._assumed = machine, assumed
        self._data, self._fsdp, self._tensor = _axes(settings, machine)
        self._body, self._head = matrix_weights(config)
        self._link = machine.link_gbs * GIGA * assumed.link_share
        self._hbm = machine.hbm_gbs * GIGA * assumed.hbm_share
        self._flops = machine.devices * machine.tflops * 1e12 * assumed.matmul_share
        # What a device receives of the bfloat16 weights when they are gathered over ``fsdp``.
        self._gathered = (
            2.0 * (self._body + self._head) / self._tensor * (self._fsdp - 1) / self._fsdp
        )

    def sampling(self, prompts: int, rows: int) -> Stage:
        """One prefill of each prompt, then a step for every token, for all rows together."""
        rollout, config = self._settings.rollout, self._config
        prefill = sum(
            forward_flops(self._settings, config, "student", rollout.prompt_limit).values()
        )
        steps = rollout.max_new_tokens * self._assumed.decoded_share
        heads = max(config.num_key_value_heads // self._tensor, 1)
        slot = 2.0 * 2 * config.num_hidden_layers * heads * config.head_dim
        own = -(-rows // (self._data * self._fsdp))
        # Static shapes: every step reads the whole cache, the prompt's once for a group.
        groups = -(-prompts // (self._data * self._fsdp))
        cache = slot * (own * rollout.max_new_tokens + groups * rollout.prompt_limit)
        weights = 2.0 * (self._body + self._head) / self._tensor
        # A layer's weights are gathered where they are split; its two products summed over tensor.
        calls = config.num_hidden_layers * ((self._fsdp > 1) + 2 * (self._tensor > 1))
        return Stage(name="2_rollouts", parts={
            "arithmetic": (
                prompts * prefill + 2.0 * (self._body + self._head) * rows * steps
            ) / self._flops,
            "memory": steps * (weights + cache) / self._hbm,
            "links": steps * (
                self._gathered / self._link + calls * self._assumed.collective_us * 1e-6
            ),
        })  # fmt: skip

    def rendering(self, rows: int) -> Stage:
        """Programs drawn and judged, and what else a host does for its rollouts."""
        cores = self._machine.hosts * self._machine.cores
        waves = -(-rows // cores)
        return Stage(name="3 to 5, hosts", parts={
            "host cores": waves * self._assumed.render_s
            + -(-rows // self._machine.hosts) * self._assumed.host_s,
        })  # fmt: skip

    def update(self) -> Stage:
        """Student with gradients, teacher without; weights are gathered for every micro-batch."""
        settings, config = self._settings, self._config
        new = settings.rollout.max_new_tokens
        student = settings.rollout.prompt_limit + new
        teacher = settings.teacher.prompt_limit + new
        readers = (settings.teacher.kind != "none") * (1 + (settings.teacher.baseline_weight > 0))
        passes = 3 + settings.model.remat
        learned = sum(forward_flops(settings, config, "student", student).values())
        heard = sum(forward_flops(settings, config, "teacher", teacher).values()) * readers
        # The head's chunks are computed again for their gradients.
        head = 2.0 * self._head * new * (4 + readers)
        flops = settings.num_rows * (passes * learned + heard + head)
        # Forward, again with the gradients, teacher; and float32 gradients back to their owners.
        times = settings.train.num_microbatches
        moved = times * self._gathered * (2 + readers + 2)
        tokens = settings.num_rows * (3 * student + readers * teacher)
        own = tokens / (self._data * self._fsdp)
        sums = 4.0 * config.num_hidden_layers * own * config.hidden_size * 2
        moved += sums * (self._tensor - 1) / self._tensor
        trained = 4.0 * (self._body + self._head) / (self._fsdp * self._tensor)
        read = times * (3 + readers) * 2.0 * (self._body + self._head) / self._tensor
        return Stage(name="6_update", parts={
            "arithmetic": flops * settings.train.epochs_per_batch / self._flops,
            "memory": (read + 8 * trained) * settings.train.epochs_per_batch / self._hbm,
            "links": moved * settings.train.epochs_per_batch / self._link,
        })  # fmt: skip

    def saving(self, others_s: float) -> Stage:
        """A step's share of a checkpoint: parameters, both moments, and a teacher of its own.

        Args:
          others_s: of a step's other stages, beside which files are written.
        """
        settings, assumed = self._settings, self._assumed
        copies = 3 + (settings.teacher.kind in ("ema", "frozen", "trust_region"))
        size = 4.0 * copies * (self._body + 2 * self._head)
        share = size / settings.train.checkpoint_every / self._machine.hosts
        copying, writing = share / (assumed.feed_gbs * GIGA), share / (assumed.store_gbs * GIGA)
        parts: dict[Bound, float] = {"storage": writing}
        if settings.train.async_checkpoints:
            parts = {"copies to hosts": copying, "storage": max(writing - others_s, 0.0)}
        return Stage(name="checkpoint", parts=parts)


def _axes(settings: Settings, machine: Machine) -> tuple[int, int, int]:
    """(data, fsdp, tensor) of the mesh on this machine."""
    sizes = dataclasses.astuple(settings.mesh)
    known = 1
    for size in sizes:
        known *= max(size, 1)
    if machine.devices % known or (-1 not in sizes and known != machine.devices):
        raise SettingsError(
            f"config.mesh = {sizes} (data, fsdp, tensor) is not of {machine.devices} devices"
        )
    data, fsdp, tensor = (machine.devices // known if size == -1 else size for size in sizes)
    return data, fsdp, tensor


def format_table(costs: Costs, settings: Settings) -> str:
    """For people: seconds by stage, what binds each, what a run costs."""
    lines = [f"{'on paper, not measured':<24}{'seconds':>9}   bound by"]
    for stage in costs.stages:
        others = ", ".join(
            f"{bound} {seconds:.1f}" for bound, seconds in stage.parts.items()
            if bound != stage.bound
        )  # fmt: skip
        lines.append(
            f"{stage.name:<24}{stage.seconds:>9.1f}   {stage.bound}{others and f' ({others})'}"
        )
    first, second, *_ = costs.bottlenecks()
    lines += [
        f"{'a step, in all':<24}{costs.step_s:>9.1f}   {first.name} binds, then {second.name}",
        f"{settings.train.num_steps} steps and two evaluations: {costs.hours:.1f} hours, "
        f"${costs.dollars:.0f}",
    ]
    return "\n".join(lines)
