"""How much memory an update takes, from shapes alone: the real step, compiled and never run.

No array is made. ``jax.jit(...).lower(shapes).compile()`` on virtual CPU devices gives, for each
device, the buffers that the compiler assigned. Two differences to an accelerator, both of which
make the figure larger than what will be needed: the CPU multiplies bfloat16 matrices in float32
copies, and attention is planned as "xla", which holds the scores of a block of tokens (of all of
them where they are few) that "cudnn" and "splash" do not.
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp

from vsdpo_jax.core.inputs import TrainBatch, TrainState
from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig
from vsdpo_jax.models.qwen3_vl.sizes import SIZES
from vsdpo_jax.models.qwen3_vl.vision import VisionInputs
from vsdpo_jax.run import assembly, opening, stages
from vsdpo_jax.run.settings import Settings, SettingsError
from vsdpo_jax.runtime import mesh as meshes


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes on the fullest device.

    Attributes:
      trained, frozen: parameters with and without gradient.
      optimizer: the optimizer's state.
      teacher: the teacher's own parameters ("ema", "frozen").
      batch: the arrays of one update, images included.
      gradients: the float32 sum over micro-batches.
      activations: everything else that an update needs for a while: activations, the head's
        chunks, one micro-batch's gradients, copies in other types and layouts.
      cache: keys and values while completions are sampled, and the logits of a step.
    """

    trained: int
    frozen: int
    optimizer: int
    teacher: int
    batch: int
    gradients: int
    activations: int
    cache: int

    @property
    def resident(self) -> int:
        """What stays from update to update."""
        return self.trained + self.frozen + self.optimizer + self.teacher

    @property
    def update(self) -> int:
        """The update's peak."""
        return self.resident + self.batch + self.gradients + self.activations

    @property
    def sampling(self) -> int:
        """The sampler's peak: it leaves the optimizer's state where it is."""
        return self.resident + self.cache

    @property
    def peak(self) -> int:
        """What the device has to hold."""
        return max(self.update, self.sampling)


class State(NamedTuple):
    """Shapes with their places on the mesh: what a run keeps. ``frozen`` None: all is trained."""

    train: TrainState
    frozen: Any


def model_config(settings: Settings) -> Qwen3VLConfig:
    """Sizes of the model: model.size by name, else those of model.path.

    Raises:
      SettingsError: no such size, or no config.json in the folder.
    """
    size = settings.model.size
    if size:
        if size not in SIZES:
            raise SettingsError(f"config.model.size = {size!r}: use one of {', '.join(SIZES)}")
        return Qwen3VLConfig.from_hf(SIZES[size])
    file = Path(opening.model_folder(settings)) / "config.json"
    if not file.is_file():
        raise SettingsError(
            f"config.model.path = {settings.model.path!r}: {file} does not exist; name a folder "
            f"that holds one, or set model.size to one of {', '.join(SIZES)}"
        )
    return Qwen3VLConfig.from_hf(json.loads(file.read_text("utf-8")))


def check_lengths(settings: Settings, config: Qwen3VLConfig) -> None:
    """Refuses rows that are longer than what the model was made for.

    Raises:
      SettingsError: naming both settings of the reader whose rows are.
    """
    limit, new = config.max_position_embeddings, settings.rollout.max_new_tokens
    for reader, prompt in (
        ("rollout", settings.rollout.prompt_limit), ("teacher", settings.teacher.prompt_limit),
    ):  # fmt: skip
        if prompt + new <= limit:
            continue
        remedy = (
            f"use a max_new_tokens of at most {limit - prompt}"
            if prompt < limit
            else "lower the prompt_limit"
        )
        raise SettingsError(
            f"config.{reader}.prompt_limit = {prompt} and config.rollout.max_new_tokens = {new}: "
            f"rows have {prompt + new} tokens, but the model was made for {limit} "
            f"(max_position_embeddings); {remedy}"
        )


def make_mesh(settings: Settings) -> jax.sharding.Mesh:
    """The run's mesh over all devices.

    Raises:
      SettingsError: axes that do not make the number of devices, or devices that cannot share the
        rows of a micro-batch evenly; with the nearest sizes that can.
    """
    mesh = opening.make_mesh(settings)
    ways, rows, parts = _ways(mesh), _rows(settings), settings.train.num_microbatches
    if rows % ways:
        size = settings.rollout.group_size
        # Groups stay whole, so that it is prompts that are added or left out.
        step = math.lcm(size, ways * parts) // size
        raise SettingsError(
            f"config.rollout.prompts_per_step x group_size = {rows} rows cannot be shared by "
            f"mesh.data x mesh.fsdp = {ways} devices; use a multiple of {ways}: prompts_per_step = "
            f"{opening.nearest(settings.rollout.prompts_per_step, step)}, or a larger mesh.tensor"
        )
    if rows // parts % ways:
        fitting = [n for n in range(1, rows + 1) if rows % n == 0 and rows // n % ways == 0]
        near = sorted(sorted(fitting, key=lambda n: abs(n - parts))[:2])
        raise SettingsError(
            f"config.train.num_microbatches = {parts}: the {rows // parts} rows of one cannot be "
            f"shared by mesh.data x mesh.fsdp = {ways} devices; use "
            f"{' or '.join(map(str, near))}"
        )
    return mesh


def abstract_state(settings: Settings, config: Qwen3VLConfig, mesh: jax.sharding.Mesh) -> State:
    """Shapes, types and places of the weights and of the optimizer's state.

    Raises:
      SettingsError: impossible adapters or frozen parts; weights that the mesh cannot split.
    """

    def build() -> tuple[Any, Any]:
        key = jax.random.key(0)
        params = qwen3_vl.init(key, config)
        params = jax.tree.map(lambda leaf: leaf.astype(settings.model.param_dtype), params)
        return assembly.split(key, params, settings)

    trained, frozen = (_placed(tree, mesh) for tree in jax.eval_shape(build))
    everywhere = meshes.replicated(mesh)
    optimizer = assembly.optimizer(settings)
    state = jax.eval_shape(optimizer.init, trained)
    places = assembly.optimizer_places(optimizer, state, trained, mesh)
    return State(
        TrainState(
            params=trained,
            opt_state=jax.tree.map(
                lambda leaf, place: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=place),
                state,
                places,
            ),
            step=jax.ShapeDtypeStruct((), jnp.int32, sharding=everywhere),
            teacher_params=trained if settings.teacher.kind in assembly.OWN_TEACHER else None,
        ),
        frozen,
    )


def abstract_batch(
    settings: Settings, config: Qwen3VLConfig, mesh: jax.sharding.Mesh
) -> TrainBatch:
    """Shapes and places of one update's batch, pictures included."""
    length, place = settings.rollout.max_new_tokens, meshes.batch_sharding(mesh)

    def array(dtype: Any, *columns: int) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct((_rows(settings), *columns), dtype, sharding=place)

    def pictures(reader: Literal["student", "teacher"], columns: int) -> VisionInputs | None:
        count = settings.num_images(reader)
        if count == 0:
            return None
        if config.vision is None:
            raise SettingsError(
                f"the {reader}'s prompt holds pictures (data.images_per_task, teacher.context), "
                "but the model has no vision tower"
            )
        patches = stages.num_patches(settings, config)
        return VisionInputs(
            patches_BMPC=array(jnp.float32, count, patches, config.vision.patch_values),
            patch_mask_BMP=array(bool, count, patches),
            taps_BM4P=array(jnp.int32, count, 4, patches),
            tap_weights_BM4P=array(jnp.float32, count, 4, patches),
            place_BM2P=array(jnp.int32, count, 2, patches),
            slot_BS=array(jnp.int32, columns),
            positions_B3S=array(jnp.int32, 3, columns),
        )

    student, teacher = settings.rollout.prompt_limit + length, _teacher_columns(settings)
    objective, baseline = settings.objective, settings.teacher.baseline_weight
    return TrainBatch(
        student_tokens_BS=array(jnp.int32, student),
        student_mask_BS=array(bool, student),
        teacher_tokens_BR=array(jnp.int32, teacher),
        teacher_mask_BR=array(bool, teacher),
        completion_mask_BT=array(bool, length),
        weight_BT=array(jnp.float32, length),
        behaviour_logp_BT=array(jnp.float32, length),
        advantage_B=array(jnp.float32),
        has_teacher_B=array(bool),
        sample_mask_B=array(bool),
        student_vision=pictures("student", student),
        teacher_vision=pictures("teacher", teacher),
        baseline_tokens_BR=array(jnp.int32, teacher) if baseline else None,
        baseline_mask_BR=array(bool, teacher) if baseline else None,
        has_baseline_B=array(bool) if baseline else None,
        baseline_vision=pictures("teacher", teacher) if baseline else None,
        truncated_B=array(bool),
        flat_B=array(bool),
        satisfied_B=array(bool),
        pass_rate_B=array(jnp.float32),
        imitate_B=array(bool) if objective.sft_weight else None,
        reference_logp_BT=array(jnp.float32, length) if objective.reference_kl else None,
    )


def measure(settings: Settings, config: Qwen3VLConfig) -> Memory:
    """Compiles the update for the settings' mesh over this process's devices.

    Raises:
      SettingsError: settings that do not go together, or with the devices.
    """
    model = dataclasses.replace(settings.model, attention="xla")
    settings = dataclasses.replace(settings, model=model)
    mesh = make_mesh(settings)
    state = abstract_state(settings, config, mesh)
    batch = abstract_batch(settings, config, mesh)
    step = assembly.update(settings, config, config.vocab_size)
    places = jax.tree.map(lambda leaf: leaf.sharding, state.train)
    jitted = jax.jit(step, donate_argnums=0, out_shardings=(places, None))
    # Code that never runs need not be fast. Without MLIR's emitters it takes less than half of the
    # processor time to compile, and the same memory: 28,178,396 bytes instead of 28,178,332.
    quick = {
        "xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True,
        "xla_cpu_use_fusion_emitters": False,
    }  # fmt: skip
    with jax.set_mesh(mesh):
        lowered = jitted.lower(state.train, batch, state.frozen)
    analysis = lowered.compile(compiler_options=quick).memory_analysis()
    if analysis is None:
        raise RuntimeError("this version of JAX tells no memory figures of CPU programs")
    new = analysis.output_size_in_bytes - analysis.alias_size_in_bytes
    memory = resident(settings, config)
    return dataclasses.replace(
        memory, activations=max(analysis.temp_size_in_bytes + new - memory.gradients, 0)
    )


def resident(settings: Settings, config: Qwen3VLConfig) -> Memory:
    """What is known without compiling: all but ``activations``, which is 0.

    Raises:
      SettingsError: as ``measure``.
    """
    mesh = make_mesh(settings)
    state = abstract_state(settings, config, mesh)
    return Memory(
        trained=device_bytes(state.train.params),
        frozen=device_bytes(state.frozen),
        optimizer=device_bytes(state.train.opt_state),
        teacher=device_bytes(state.train.teacher_params),
        batch=device_bytes(abstract_batch(settings, config, mesh)),
        gradients=device_bytes(state.train.params, itemsize=4),
        activations=0,
        cache=cache_bytes(
            settings, config, mesh, settings.rollout.prompts_per_step, _rows(settings)
        ),
    )


def device_bytes(tree: Any, itemsize: int | None = None) -> int:
    """Bytes of a pytree of placed shapes on one device; ``itemsize``: as if of another type."""
    return sum(
        math.prod(leaf.sharding.shard_shape(leaf.shape)) * (itemsize or leaf.dtype.itemsize)
        for leaf in jax.tree.leaves(tree)
    )


def _placed(shapes: Any, mesh: jax.sharding.Mesh) -> Any:
    if shapes is None:
        return None
    try:
        places = meshes.param_shardings(shapes, mesh)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    return jax.tree.map(
        lambda leaf, place: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=place),
        shapes,
        places,
    )


def cache_bytes(
    settings: Settings, config: Qwen3VLConfig, mesh: jax.sharding.Mesh, prompts: int, rows: int
) -> int:
    """Keys and values of the prompts, read once, and of all rows; what cannot be split is whole.

    Args:
      settings, config, mesh: of the run.
      prompts: that are sampled at a time.
      rows: completions of all of them.
    """

    def share(count: int, ways: int) -> int:
        return count if count % ways else count // ways

    rollout, ways, tensor = settings.rollout, _ways(mesh), mesh.shape["tensor"]
    rows = share(rows, ways)
    heads = share(config.num_key_value_heads, tensor)
    slot = 2 * config.num_hidden_layers * heads * config.head_dim
    slots = (rows + share(prompts, ways)) * (rollout.prompt_limit + rollout.max_new_tokens)
    # Logits, their log-softmax and the noise of a draw.
    logits = 3 * rows * share(config.vocab_size, tensor) * 4
    return slot * slots * jnp.dtype(settings.model.dtype).itemsize + logits


def _rows(settings: Settings) -> int:
    return settings.rollout.prompts_per_step * settings.rollout.group_size


def _ways(mesh: jax.sharding.Mesh) -> int:
    return mesh.shape["data"] * mesh.shape["fsdp"]


def _teacher_columns(settings: Settings) -> int:
    return settings.teacher.prompt_limit + settings.rollout.max_new_tokens
