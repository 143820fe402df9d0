"""Opening a run: settings in, everything that the stages need out. Impure; called once.

Holds the model, tokenizer, tasks, render workers, mesh and jitted step of a run. The algorithm is
in train.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from vsdpo_jax.core.forward import make_logp_fn
from vsdpo_jax.core.inputs import TrainBatch, TrainState
from vsdpo_jax.data.tasks import TaskSource, open_tasks
from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.domains.pool import RenderPool
from vsdpo_jax.endpoint.budget import Budget
from vsdpo_jax.endpoint.cache import Cache
from vsdpo_jax.endpoint.client import Client
from vsdpo_jax.endpoint.server import Endpoint, EndpointError
from vsdpo_jax.endpoint.tally import Price
from vsdpo_jax.models.qwen3_vl import weights
from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig
from vsdpo_jax.records import Rollout
from vsdpo_jax.rollout import batch as batches
from vsdpo_jax.rollout.processor import EncodedChat, Processor
from vsdpo_jax.rollout.sampler import Sampler
from vsdpo_jax.run import assembly, checks, stages
from vsdpo_jax.run.doubts import doubts
from vsdpo_jax.run.judge import VisualJudge
from vsdpo_jax.run.looks import Likeness, open_looks, options_of
from vsdpo_jax.run.settings import Settings, SettingsError
from vsdpo_jax.run.sharing import Share
from vsdpo_jax.runtime import mesh as meshes
from vsdpo_jax.runtime.hosts import ALONE, Hosts
from vsdpo_jax.runtime.stop import Stop
from vsdpo_jax.runtime.streams import warn
from vsdpo_jax.sandbox import Limits

_ADAPTER_FOLD = 2**31 - 2
"""Folded into the root key for fresh adapters."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Run:
    """What the stages of one run share. Nothing in it changes while the run goes on.

    Attributes:
      initial_trained, frozen: the weights before the first update; ``frozen`` None: all trained.
      train_step: (state, batch) -> (state, metrics), jitted; the state is donated.
      sft_step: the same for updates that only imitate the rollouts of the batch.
      reference_logp: (trained weights, batch) -> float32[B, T], jitted.
      share: the rows of this process, and its way to the others.
      looks: reads the axis that a model sees; None: there is none.
      judge: looks at the pictures, too; None: nobody does.
    """

    settings: Settings
    config: Qwen3VLConfig
    processor: Processor
    tasks: TaskSource
    pool: RenderPool
    sampler: Sampler
    mesh: jax.sharding.Mesh
    initial_trained: Any
    frozen: Any
    train_step: Callable[[TrainState, TrainBatch], tuple[TrainState, dict[str, jax.Array]]]
    sft_step: Callable[[TrainState, TrainBatch], tuple[TrainState, dict[str, jax.Array]]]
    reference_logp: Callable[[Any, TrainBatch], jax.Array]
    root_key: jax.Array
    share: Share
    looks: Likeness | None = None
    judge: VisualJudge | None = None

    def is_spent(self) -> bool:
        """Whether a judge of any process cannot pay for another step like the last one; all get
        the same answer."""
        judge = self.judge
        return judge is not None and self.share.hosts.any("the judge's budget", judge.is_spent())

    def fresh_state(self) -> TrainState:
        """The state before the first update, in arrays of its own: the step donates them."""
        return make_state(self.initial_trained, self.settings, self.mesh)

    def policy(self, trained: Any) -> Any:
        """The whole model's parameters, for sampling."""
        merge = assembly.merge_fn(self.settings)
        return trained if merge is None else merge(trained, self.frozen)

    def make_batch(
        self,
        chats: Sequence[EncodedChat],
        teacher_chats: Sequence[EncodedChat | None],
        rollouts: Sequence[Rollout],
        kept_B: np.ndarray,
        *,
        baseline_chats: Sequence[EncodedChat | None] = (),
        **rows: Any,
    ) -> TrainBatch:
        """The arrays of one update, padded to the static shapes of the settings and sharded.

        Of several processes each gives its own rows: shapes depend on the settings alone, so that
        all run the same program, whatever came of their rollouts.

        Args:
          chats: the prompts, by group.
          teacher_chats: what the teacher reads before each rollout; None: no teacher for it.
          rollouts: B completions.
          kept_B: bool, rollouts that were judged.
          baseline_chats: the same of another rollout's feedback; none: there is no baseline.
          **rows: ``weights`` and ``advantages`` (rollout.batch.build_train_batch), and fields of
            TrainBatch that the options of the objective need.
        """
        settings = self.settings
        own = [chats[rollout.group_id] for rollout in rollouts]
        taught_B = kept_B & np.array([chat is not None for chat in teacher_chats])
        arrays = batches.build_train_batch(
            prompt_ids=[chat.ids for chat in own],
            teacher_prompt_ids=[None if chat is None else chat.ids for chat in teacher_chats],
            completion_ids=[rollout.tokens_T for rollout in rollouts],
            behaviour_logp=[rollout.logp_T for rollout in rollouts],
            weights=rows.pop("weights"),
            advantages=rows.pop("advantages"),
            has_teacher=taught_B,
            sample_mask=kept_B,
            prompt_limit=settings.rollout.prompt_limit,
            teacher_prompt_limit=settings.teacher.prompt_limit,
            max_new_tokens=settings.rollout.max_new_tokens,
            pad_id=self.processor.pad_id,
        )
        heard = [chat or student for chat, student in zip(teacher_chats, own, strict=True)]
        batch = TrainBatch(
            **arrays,
            **rows,
            **self._baseline_side(baseline_chats, own, arrays),
            student_vision=stages.read_images(
                own, arrays["student_tokens_BS"], arrays["student_mask_BS"], self.config,
                settings, "student",
            ),
            teacher_vision=stages.read_images(
                heard, arrays["teacher_tokens_BR"], arrays["teacher_mask_BR"], self.config,
                settings, "teacher",
            ),
        )  # fmt: skip
        return meshes.shard_batch(batch, self.mesh)

    def _baseline_side(
        self,
        baseline_chats: Sequence[EncodedChat | None],
        own: Sequence[EncodedChat],
        arrays: dict[str, np.ndarray],
    ) -> dict[str, Any]:
        """The baseline's fields of a batch, the teacher's columns before the same completions."""
        settings = self.settings
        if not baseline_chats:
            return {}
        read = [chat or student for chat, student in zip(baseline_chats, own, strict=True)]
        prompt_BP, mask_BP = batches.pad_left(
            [chat.ids for chat in read], settings.teacher.prompt_limit,
            pad_id=self.processor.pad_id, setting="teacher.prompt_limit",
        )  # fmt: skip
        columns = settings.teacher.prompt_limit
        tokens_BR = np.concatenate([prompt_BP, arrays["teacher_tokens_BR"][:, columns:]], axis=1)
        mask_BR = np.concatenate([mask_BP, arrays["teacher_mask_BR"][:, columns:]], axis=1)
        return {
            "baseline_tokens_BR": tokens_BR,
            "baseline_mask_BR": mask_BR,
            "has_baseline_B": np.array([chat is not None for chat in baseline_chats]),
            "baseline_vision": stages.read_images(
                read, tokens_BR, mask_BR, self.config, settings, "teacher"
            ),
        }


@contextlib.contextmanager
def open_run(settings: Settings, hosts: Hosts = ALONE, stop: Stop | None = None) -> Iterator[Run]:
    """Check everything that can be checked, then load, compile lazily and start the workers.

    Args:
      settings: of the run, the same on all hosts.
      hosts: all its processes.
      stop: whether this one has been asked to stop.

    Raises:
      SettingsError, TaskFileError, ...: what is wrong, before any work starts.
    """
    # Imports this module: it plans what is opened here.
    from vsdpo_jax.run import planning

    checks.check_domain(settings)
    checks.check_trackers(settings)
    checks.check_templates(settings)
    looks, pool, judge = open_looks(settings), open_pool(settings), open_judge(settings)
    for doubt in (*doubts(settings), *checks.sandbox_doubts(settings)):
        warn(doubt)
    folder = model_folder(settings)
    config = weights.read_config(folder)
    processor = Processor(folder, max_pixels=settings.model.max_pixels)
    check_images(settings, config, processor)
    checks.check_chat_arguments(settings, processor)
    checks.check_model(settings, processor.vocab_size)
    mesh = planning.make_mesh(settings)
    rows = own_rows(settings, mesh) if hosts.count > 1 else None
    if hosts.count > 1:
        hosts.wait("the devices")
        meshes.meet(mesh)
    batch = min(settings.rollout.eval_batch, settings.data.num_heldout)
    cache = planning.cache_bytes(settings, config, mesh, batch, batch)
    checks.check_memory(settings, planning.resident(settings, config), cache)
    data = settings.data
    tasks = open_tasks(
        domain=data.domain, train=data.train, heldout=data.heldout, num_heldout=data.num_heldout,
        seed=settings.seed, references=data.references, root=data.root, checked=data.checked,
        fits=checks.fits(settings, processor), at_once=settings.num_rows,
    )  # fmt: skip
    checks.check_references(settings, tasks)
    checks.check_lengths(settings, tasks, processor)
    checks.check_rewards(settings, tasks)
    step = assembly.update(settings, config, processor.vocab_size)
    sft_step = assembly.sft_update(settings, config, processor.vocab_size)
    root_key = jax.random.key(settings.seed)
    trained, frozen = load_weights(settings, folder, mesh, root_key)
    # What XLA cannot split by itself looks there for its devices (models/qwen3_vl/partition.py).
    with jax.set_mesh(mesh), pool:
        state = make_state(trained, settings, mesh)
        yield Run(
            settings=settings,
            config=config,
            processor=processor,
            tasks=tasks,
            pool=pool,
            sampler=make_sampler(settings, config, processor, mesh),
            mesh=mesh,
            initial_trained=trained,
            frozen=frozen,
            train_step=jit_step(step, state, frozen),
            sft_step=jit_step(sft_step, state, frozen),
            reference_logp=jit_reference_logp(settings, config, processor, frozen),
            root_key=root_key,
            share=Share(hosts=hosts, stop=stop or Stop(0), rows=rows),
            looks=looks,
            judge=judge,
        )


def mini_folder(domain: str) -> Path:
    """The folder of the small policy that a domain ships.

    Raises:
      SettingsError: it ships none.
    """
    folder = load_domain(domain).mini
    if folder is None:
        raise SettingsError(
            f'config.model.path = "mini": domain {domain!r} ships no model; name a folder or a '
            "repository"
        )
    return folder


def model_folder(settings: Settings) -> Path:
    """The folder of ``model.path``.

    Raises:
      SettingsError: there is no such folder and no such repository; the domain ships no model.
    """
    path = settings.model.path
    if path == "mini":
        return mini_folder(settings.data.domain)
    try:
        return weights.resolve(path)
    except FileNotFoundError as error:
        raise SettingsError(
            f'config.model.path = {path!r}: {error}; or give "mini", what the domain ships'
        ) from None


def check_images(settings: Settings, config: Qwen3VLConfig, processor: Processor) -> None:
    """Pictures in prompts need a model that reads pictures.

    Raises:
      SettingsError: naming the setting that asks for them.
    """
    if config.vision is not None and processor.image_settings is not None:
        return
    for leaf, value, asks in (
        ("data.images_per_task", settings.data.images_per_task, settings.num_images("student")),
        ("teacher.context", settings.teacher.context, settings.num_images("teacher")),
    ):
        if asks:
            raise SettingsError(
                f"config.{leaf} = {value!r}: {settings.model.path} has no vision tower or no "
                'preprocessor_config.json, so it reads no pictures; use teacher.context = "rubric" '
                "or another model"
            )


def make_mesh(settings: Settings) -> jax.sharding.Mesh:
    """The mesh of ``mesh`` over this process's devices.

    Raises:
      SettingsError: axes that do not make the number of devices.
    """
    try:
        return meshes.make_mesh(settings.mesh.data, settings.mesh.fsdp, settings.mesh.tensor)
    except ValueError as error:
        raise SettingsError(f"config.{error}") from None


def own_rows(settings: Settings, mesh: jax.sharding.Mesh) -> np.ndarray:
    """The rows of a batch that this process works on.

    Raises:
      SettingsError: they are no whole groups, or belong to another process too.
    """
    try:
        rows = meshes.own_rows(mesh, settings.num_rows)
    except ValueError as error:
        raise SettingsError(f"config.{error}") from None
    _, sizes = np.unique(rows // settings.rollout.group_size, return_counts=True)
    if np.any(sizes != settings.rollout.group_size):
        count = jax.process_count()
        prompts = settings.rollout.prompts_per_step
        raise SettingsError(
            f"config.rollout.prompts_per_step = {prompts}: {count} processes cannot share so many "
            f"groups without splitting one; use {nearest(prompts, count)}"
        )
    return rows


def nearest(value: int, divisor: int) -> str:
    """The nearest multiples of ``divisor``: "8 or 12"."""
    below, above = value // divisor * divisor, -(-value // divisor) * divisor
    return " or ".join(map(str, sorted({below, above} - {0})))


def load_weights(
    settings: Settings, folder: Path, mesh: jax.sharding.Mesh, key: jax.Array
) -> tuple[Any, Any]:
    """(trained, frozen) on the mesh, in ``model.param_dtype``; see assembly.split."""
    params, _ = weights.load(
        folder,
        dtype=settings.model.param_dtype,
        shardings=lambda shapes: meshes.param_shardings(shapes, mesh),
    )
    trained, frozen = assembly.split(jax.random.fold_in(key, _ADAPTER_FOLD), params, settings)
    if settings.model.lora_rank:
        trained = meshes.shard_params(trained, mesh)
    return trained, frozen


def open_pool(settings: Settings) -> RenderPool:
    """The render workers of ``sandbox``, which start when the pool is entered.

    Raises:
      SettingsError: more workers than the cores can feed.
    """
    sandbox = settings.sandbox
    try:
        return RenderPool(
            domain=settings.data.domain,
            num_workers=sandbox.num_workers or None,
            limits=Limits(
                cpu_s=sandbox.cpu_s, wall_s=sandbox.wall_s, memory_bytes=sandbox.memory_mb << 20
            ),
            interpreter=sandbox.interpreter or None,
            unsafe=sandbox.unsafe,
            axis_weights=dict(settings.rubric.weights),
            options=options_of(settings),
        )
    except ValueError as error:
        raise SettingsError(
            f"config.sandbox.num_workers = {sandbox.num_workers}: {error}"
        ) from None


def open_judge(settings: Settings) -> VisualJudge | None:
    """The judge of ``judge``; None where no model is named.

    Raises:
      SettingsError: it cannot be asked.
    """
    if not settings.judge.model:
        return None
    try:
        endpoint = Endpoint(
            model=settings.judge.model, url=settings.judge.url,
            key_variable=settings.judge.key_variable, in_flight=settings.judge.in_flight,
            requests_per_minute=settings.judge.requests_per_minute,
            tokens_per_minute=settings.judge.tokens_per_minute,
            timeout_s=settings.judge.timeout_s,
        )  # fmt: skip
        cache = Cache(Path(settings.judge.cache)) if settings.judge.cache else None
        question, answer = settings.judge.question_price, settings.judge.answer_price
        price = Price(question=question, answer=answer) if question or answer else None
        dollars, budget = settings.judge.budget, None
        if dollars and price is None:
            raise ValueError(
                f"budget = {dollars}: give the prices too, US dollars a million tokens: "
                f"config.judge.question_price and config.judge.answer_price; or use 0 (unlimited)"
            )
        if dollars and price is not None:
            budget = Budget(price=price, dollars=dollars, setting="config.judge.budget")
        return VisualJudge(Client(endpoint, cache, budget), settings.judge.weight, price, budget)
    except (ValueError, EndpointError) as error:
        raise SettingsError(f"config.judge.{error}") from None


def make_sampler(
    settings: Settings, config: Qwen3VLConfig, processor: Processor, mesh: jax.sharding.Mesh
) -> Sampler:
    """The sampler of ``rollout``.

    Marks of pictures and videos are never drawn: a completion is text, and its next reader would
    look for the picture. Nor are ids that the tokenizer leaves unused.
    """
    return Sampler(
        config,
        max_new_tokens=settings.rollout.max_new_tokens,
        stop_ids=processor.stop_ids,
        pad_id=processor.pad_id,
        vocab_size=processor.vocab_size,
        dtype=jnp.dtype(settings.model.dtype),
        top_k=settings.rollout.top_k,
        top_p=settings.rollout.top_p,
        forbidden_ids=processor.forbidden_ids,
        attention=settings.model.attention,
        mesh=mesh,
    )


def make_state(trained: Any, settings: Settings, mesh: jax.sharding.Mesh) -> TrainState:
    """A state at step 0 in arrays of its own, every leaf placed on the mesh."""
    optimizer, own = assembly.optimizer(settings), jax.tree.map(jnp.copy, trained)
    has_teacher = settings.teacher.kind in assembly.OWN_TEACHER
    shapes = jax.eval_shape(optimizer.init, own)
    places = assembly.optimizer_places(optimizer, shapes, own, mesh)
    return TrainState(
        params=own,
        # As one program: its arrays may be too large for one device, or one host.
        opt_state=jax.jit(optimizer.init, out_shardings=places)(own),
        step=meshes.put(np.zeros((), np.int32), meshes.replicated(mesh)),
        teacher_params=jax.tree.map(jnp.copy, trained) if has_teacher else None,
    )


def jit_step(step: Callable[..., Any], state: TrainState, frozen: Any) -> Callable[..., Any]:
    """(state, batch) -> (state, metrics): jitted, the old state donated.

    The new state lies where ``state`` does; left to the compiler it could move after the first
    update, and the step would be compiled again.
    """
    places = jax.tree.map(lambda leaf: leaf.sharding, state)
    jitted = jax.jit(step, donate_argnums=0, out_shardings=(places, None))
    return lambda state, batch: jitted(state, batch, frozen)


def jit_reference_logp(
    settings: Settings, config: Qwen3VLConfig, processor: Processor, frozen: Any
) -> Callable[[Any, TrainBatch], jax.Array]:
    """(trained weights, batch) -> log-probabilities of the completions, for reference_kl."""
    logp = make_logp_fn(
        assembly.hidden_fn(settings, config),
        assembly.head_fn(settings, config),
        assembly.objective(settings, processor.vocab_size),
        num_microbatches=settings.train.num_microbatches,
    )
    merge = assembly.merge_fn(settings)

    def of_trained(trained: Any, frozen: Any, batch: TrainBatch) -> jax.Array:
        return logp(trained if merge is None else merge(trained, frozen), batch)

    jitted = jax.jit(of_trained)
    return lambda trained, batch: jitted(trained, frozen, batch)
