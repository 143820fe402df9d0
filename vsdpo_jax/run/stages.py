"""The stages between two updates, as functions from records to records.

train.py calls them in order; evaluate.py calls the first three. Nothing here keeps state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

import jax
import numpy as np
from PIL import Image

from vsdpo_jax import credit
from vsdpo_jax.core.advantages import is_flat, pass_rate
from vsdpo_jax.domains import prompts
from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.domains.prompts import TeacherContext
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, VisionInputs
from vsdpo_jax.models.qwen3_vl.geometry import vision_inputs
from vsdpo_jax.records import Judged, Rollout, StatementCredit, Task
from vsdpo_jax.rollout import batch as batches
from vsdpo_jax.rollout.pixels import on_canvas
from vsdpo_jax.rollout.processor import EncodedChat, Processor
from vsdpo_jax.rollout.sampler import Sampler
from vsdpo_jax.run.judge import VisualJudge
from vsdpo_jax.run.looks import Likeness
from vsdpo_jax.run.settings import Settings
from vsdpo_jax.run.sharing import Share

ALONE = Share()
"""One process, to which all rows belong."""


def encode_prompts(
    processor: Processor, settings: Settings, tasks: Sequence[Task]
) -> list[EncodedChat]:
    """Stage 1, prompts: what the student reads, as token ids and pictures (Eq. 1's x)."""
    return [processor.encode_multimodal(_student_messages(settings, task)) for task in tasks]


def _student_messages(settings: Settings, task: Task) -> prompts.Messages:
    return prompts.student_messages(
        task.brief, settings.teacher.templates, task.images, settings.data.domain
    )


def num_patches(settings: Settings, config: Qwen3VLConfig) -> int:
    """Places for patches in a picture of at most model.max_pixels; 0 without a vision tower."""
    if config.vision is None:
        return 0
    token_side = config.vision.patch_size * config.vision.spatial_merge_size
    tokens = settings.model.max_pixels // token_side**2
    return tokens * config.vision.patches_per_token


def read_images(
    chats: Sequence[EncodedChat],
    tokens_BS: np.ndarray,
    mask_BS: np.ndarray,
    config: Qwen3VLConfig,
    settings: Settings,
    reader: Literal["student", "teacher"],
) -> VisionInputs | None:
    """The pictures of ``chats`` as arrays of fixed shape; None in a run without pictures.

    Args:
      chats: B prompts.
      tokens_BS, mask_BS: the sequences that begin with them.
      config, settings: the model's, the run's.
      reader: whose prompts these are.
    """
    num_images = settings.num_images(reader)
    if num_images == 0:
        return None
    return vision_inputs(
        tokens_BS, mask_BS, [chat.images for chat in chats], config,
        num_images=num_images, num_patches=num_patches(settings, config),
    )  # fmt: skip


def sample_rollouts(
    sampler: Sampler,
    params: Any,
    processor: Processor,
    config: Qwen3VLConfig,
    settings: Settings,
    tasks: Sequence[Task],
    chats: Sequence[EncodedChat],
    key: jax.Array,
    *,
    group_size: int,
    policy_version: int,
    rows: Iterable[int] | None = None,
) -> list[Rollout]:
    """Stage 2, rollouts: ``group_size`` completions of every prompt, groups side by side.

    Of several processes all sample together, and each takes its own ``rows``; None: all.
    """
    tokens_PS, mask_PS = batches.pad_left(
        [chat.ids for chat in chats], settings.rollout.prompt_limit,
        pad_id=processor.pad_id, setting="rollout.prompt_limit",
    )  # fmt: skip
    vision = read_images(chats, tokens_PS, mask_PS, config, settings, "student")
    samples = jax.device_get(
        sampler.sample(
            params, tokens_PS, mask_PS, key, group_size, settings.rollout.temperature,
            vision=vision,
        )
    )  # fmt: skip
    rollouts = []
    for row in range(len(samples.length_B)) if rows is None else map(int, rows):
        length = samples.length_B[row]
        tokens_T = np.asarray(samples.tokens_BT[row, :length], np.int32)
        text, offsets_T2 = processor.decode(tokens_T)
        rollouts.append(
            Rollout(
                task_id=tasks[row // group_size].task_id,
                group_id=row // group_size,
                sample_id=row % group_size,
                policy_version=policy_version,
                tokens_T=tokens_T,
                logp_T=np.asarray(samples.logp_BT[row, :length], np.float32),
                offsets_T2=offsets_T2,
                text=text,
                stop_reason="stop" if samples.stopped_B[row] else "length",
            )
        )
    return rollouts


def judge_rollouts(
    pool: RenderPool,
    settings: Settings,
    tasks: Sequence[Task],
    rollouts: Sequence[Rollout],
    on_done: Callable[[int, Judged], None] | None = None,
    *,
    has_targets: bool = True,
    looks: Likeness | None = None,
    judge: VisualJudge | None = None,
) -> list[Judged]:
    """Stage 3, render and diagnose: every rollout's picture, rubric, defects and reward (Eq. 8).

    A reference program is drawn only where an axis against it has a weight, and only where the
    references of the tasks are targets (``has_targets``): those of the lab's training tasks are one
    of many good programs. ``looks`` reads an axis that a model sees (run/looks.py), and a ``judge``
    looks at the pictures, too (run/judge.py).
    """
    domain = load_domain(settings.data.domain)
    weights = domain.weights(dict(settings.rubric.weights))
    axes = [*domain.reference_axes, *(() if looks is None else domain.model_axes)]
    is_compared = has_targets and any(weights[axis] > 0 for axis in axes)
    jobs = [
        Job(
            source=domain.language.extract(rollout.text)[0],
            asked=tasks[rollout.group_id].asked,
            reference=tasks[rollout.group_id].reference if is_compared else None,
        )
        for rollout in rollouts
    ]
    judged = pool.map(jobs, on_done=on_done)
    if looks is not None:
        judged = looks.judge(judged)
    return judged if judge is None else judge.judge(tasks, rollouts, judged)


def assign_credit(
    rollout: Rollout,
    judged: Judged,
    alpha: float,
    shuffle_seed: Sequence[int] | None = None,
    language: credit.Language = credit.PYTHON,
) -> tuple[tuple[StatementCredit, ...], np.ndarray]:
    """Stage 4, credit: responsibility of every statement (Eq. 4), weight of every token (Eq. 5).

    Args:
      rollout, judged: what was written, and what came of it.
      alpha: of Eq. 5.
      shuffle_seed: None; or for the control that credits at random: responsibilities change places
        among the statements, so that their distribution stays.
      language: of the program.
    """
    program, offset = language.extract(rollout.text)
    assigned = credit.assign(
        program, judged.render.elements, judged.diagnosis.defects, alpha, language
    )
    if shuffle_seed is not None:
        order = np.random.default_rng(list(shuffle_seed)).permutation(len(assigned))
        assigned = [
            replace(
                statement,
                responsibility=assigned[other].responsibility,
                weight=assigned[other].weight,
            )
            for statement, other in zip(assigned, order, strict=True)
        ]
    weight_S = np.array([statement.weight for statement in assigned])
    weight_T = credit.token_weights(rollout.offsets_T2, language.parse(program), weight_S, offset)
    return tuple(assigned), weight_T


def assign_credits(
    settings: Settings, rollouts: Sequence[Rollout], judged: Sequence[Judged], step: int
) -> list[tuple[tuple[StatementCredit, ...], np.ndarray]]:
    """Stage 4 for all rollouts of a step."""
    is_random = settings.credit.kind == "random"
    language = load_domain(settings.data.domain).language
    size = settings.rollout.group_size
    return [
        assign_credit(
            rollout, result, settings.credit.alpha,
            shuffle_seed=(settings.seed, step, rollout.group_id * size + rollout.sample_id)
            if is_random else None, language=language,
        )
        for rollout, result in zip(rollouts, judged, strict=True)
    ]  # fmt: skip


def option_fields(
    rollouts: Sequence[Rollout],
    judged: Sequence[Judged],
    reward_PG: np.ndarray,
    kept_PG: np.ndarray,
) -> dict[str, np.ndarray]:
    """The fields of TrainBatch that options of the objective read, from B = P * G rollouts."""
    satisfied_PG = np.array([is_satisfied(result) for result in judged]).reshape(reward_PG.shape)
    shown_PG = np.where(kept_PG, reward_PG, -np.inf)
    is_best_PG = np.arange(reward_PG.shape[1])[None] == np.argmax(shown_PG, axis=1)[:, None]
    ones_PG = np.ones(reward_PG.shape, np.float32)
    fields = {
        "truncated_B": np.array([rollout.stop_reason == "length" for rollout in rollouts]),
        "flat_B": np.asarray(is_flat(reward_PG, kept_PG))[:, None] & (ones_PG > 0),
        "satisfied_B": satisfied_PG & kept_PG,
        "pass_rate_B": np.asarray(pass_rate(satisfied_PG, kept_PG))[:, None] * ones_PG,
        # The best of a group in which nothing drew anything is no example.
        "imitate_B": is_best_PG & kept_PG & (reward_PG > 0),
    }
    return {name: field.reshape(-1) for name, field in fields.items()}


def teacher_contexts(
    settings: Settings,
    tasks: Sequence[Task],
    rollouts: Sequence[Rollout],
    judged: Sequence[Judged],
    share: Share = ALONE,
) -> list[TeacherContext]:
    """Stage 5, teacher contexts: v of Eq. 2 for every rollout, by the channels of the settings."""
    channels = settings.teacher.channels
    contexts = []
    for row, (rollout, result) in enumerate(zip(rollouts, judged, strict=True)):
        render, is_rubric = result.render, "rubric" in channels
        drawn = render.image_YXC if "image" in channels else None
        failed = "image" in channels and not is_rubric and render.image_YXC is None
        contexts.append(
            TeacherContext(
                rubric=result.diagnosis.feedback if is_rubric else None,
                error=render.error if failed else None,
                image=None if drawn is None else Image.fromarray(drawn),
                reference=tasks[rollout.group_id].reference if "reference" in channels else None,
                sibling=_sibling(rollouts, judged, row) if "sibling" in channels else None,
            )
        )
    # The control: as well-formed, and of no use.
    is_other = settings.teacher.feedback_of == "another"
    return share.turned(contexts, settings.rollout.group_size) if is_other else contexts


def baseline_contexts(
    settings: Settings,
    judged: Sequence[Judged],
    contexts: Sequence[TeacherContext],
    share: Share = ALONE,
) -> list[TeacherContext]:
    """Stage 5, the baseline: for every rollout the context of one of the next prompt.

    It is empty where that one was not judged.
    """
    known = [
        TeacherContext() if result.diagnosis.masked else context
        for result, context in zip(judged, contexts, strict=True)
    ]
    return share.turned(known, settings.rollout.group_size)


def is_satisfied(judged: Judged) -> bool:
    """Whether a rollout was drawn and satisfies every axis in force."""
    rubric = judged.diagnosis.rubric
    return judged.render.status == "ok" and bool(rubric) and all(rubric.values())


def _sibling(rollouts: Sequence[Rollout], judged: Sequence[Judged], row: int) -> str | None:
    """The text of the first other rollout of the group that satisfies every axis."""
    for other, rollout in enumerate(rollouts):
        if (
            other != row
            and rollout.group_id == rollouts[row].group_id
            and is_satisfied(judged[other])
        ):
            return rollout.text
    return None


def encode_teachers(
    processor: Processor,
    settings: Settings,
    tasks: Sequence[Task],
    rollouts: Sequence[Rollout],
    contexts: Sequence[TeacherContext],
) -> tuple[list[EncodedChat | None], int]:
    """What the teacher reads before each rollout, and how many contexts lost a program over it."""
    own = [tasks[rollout.group_id] for rollout in rollouts]
    fitting = [
        _leave_out_programs(processor, settings, task, context)
        for task, context in zip(own, contexts, strict=True)
    ]
    chats = [
        encode_teacher(processor, settings, task, context)
        for task, context in zip(own, fitting, strict=True)
    ]
    num_dropped = sum(new is not old for new, old in zip(fitting, contexts, strict=True))
    return chats, num_dropped


def encode_baselines(
    processor: Processor,
    settings: Settings,
    tasks: Sequence[Task],
    rollouts: Sequence[Rollout],
    judged: Sequence[Judged],
    contexts: Sequence[TeacherContext],
    share: Share = ALONE,
) -> tuple[list[EncodedChat | None], int]:
    """``encode_teachers`` for the baseline of every rollout; ([], 0) without a baseline."""
    if not settings.teacher.baseline_weight:
        return [], 0
    others = baseline_contexts(settings, judged, contexts, share)
    return encode_teachers(processor, settings, tasks, rollouts, others)


def _leave_out_programs(
    processor: Processor, settings: Settings, task: Task, context: TeacherContext
) -> TeacherContext:
    """``context`` without the sibling or the reference that teacher.prompt_limit has no room for.

    Half a program is no example, so that one is read whole or not at all; the sibling goes first.
    A rubric or a trace, which can be shortened, does not count here.
    """
    programs = [name for name in ("sibling", "reference") if getattr(context, name) is not None]
    if settings.teacher.kind == "none" or not programs:
        return context
    cut = {name: "" for name in ("rubric", "error") if getattr(context, name) is not None}
    for left_out in ([], *([name] for name in programs)):
        smaller = replace(context, **dict.fromkeys(left_out)) if left_out else context
        chat = _teacher_chat(processor, settings, task, _plain(replace(smaller, **cut)))
        if len(chat.ids) <= settings.teacher.prompt_limit:
            return smaller
    return replace(context, **dict.fromkeys(programs))


def encode_teacher(
    processor: Processor, settings: Settings, task: Task, context: TeacherContext
) -> EncodedChat | None:
    """What the teacher reads before the rollout; None without one that knows more than the student.

    A rubric or a trace that does not fit teacher.prompt_limit loses its end; nothing else is cut.
    Without channels (the control "none") the teacher reads the student's messages.
    """
    if settings.teacher.kind == "none":  # nobody reads it
        return None
    if not settings.teacher.channels:
        return _encode(processor, settings, _student_messages(settings, task))
    if context.is_empty:
        return None
    context = _plain(context)
    while True:
        chat = _teacher_chat(processor, settings, task, context)
        over = len(chat.ids) - settings.teacher.prompt_limit
        field = "rubric" if context.rubric else "error"
        text = getattr(context, field)
        if over <= 0 or not text:
            return chat
        # A token is at least one character, so this never cuts more than it has to.
        context = replace(context, **{field: text[: max(len(text) - over, 0)]})


def _teacher_chat(
    processor: Processor, settings: Settings, task: Task, context: TeacherContext
) -> EncodedChat:
    if context.image is not None and processor.image_settings is not None:
        context = replace(context, image=on_canvas(context.image, processor.image_settings))
    messages = prompts.teacher_messages(
        task.brief, context, settings.teacher.templates, task.images, settings.data.domain
    )
    return _encode(processor, settings, messages)


def _encode(processor: Processor, settings: Settings, messages: prompts.Messages) -> EncodedChat:
    arguments = settings.teacher.chat_arguments
    return processor.encode_multimodal(messages, template_arguments=arguments)


def _plain(context: TeacherContext) -> TeacherContext:
    """Without special tokens spelled out: a program that writes one must not end the turn."""
    texts = {name: getattr(context, name) for name in ("rubric", "error", "reference", "sibling")}
    return replace(context, **{k: text and text.replace("<|", "< |") for k, text in texts.items()})
