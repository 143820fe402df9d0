"""What settings need of templates, tasks, the domain, the model and the machine: checked when a run
is opened.

What one leaf or two may be is in settings.py; here is what takes a file, a module or hardware to
know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import jax

from vsdpo_jax.data.tasks import BadRow, TaskFileError, TaskSource
from vsdpo_jax.domains import prompts
from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.domains.prompts import TemplateError
from vsdpo_jax.models.qwen3_vl import lora
from vsdpo_jax.models.qwen3_vl.sizes import SIZES
from vsdpo_jax.records import Task
from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.run.settings import Settings, SettingsError
from vsdpo_jax.runtime import machine, trackers

if TYPE_CHECKING:
    from vsdpo_jax.run.planning import Memory

GIB = 2**30
_HARDWARE = {"splash": "tpu", "cudnn": "gpu"}
"""Implementation of attention -> the only platform that has it."""


def check_domain(settings: Settings) -> None:
    """The domain exists, and takes its options and the weights of its rubric.

    Raises:
      SettingsError: an unknown domain, an option or an axis that it does not have, a value that an
        option cannot have, no axis with a weight.
    """
    try:
        domain = load_domain(settings.data.domain)
    except ValueError as error:
        raise SettingsError(f"config.data.{error}") from None
    try:
        domain.complete(settings.data.options)
    except ValueError as error:
        raise SettingsError(f"config.data.{error}") from None
    try:
        domain.weights(dict(settings.rubric.weights))
    except ValueError as error:
        message = str(error).replace("axis_weights", "rubric.weights", 1)
        raise SettingsError(f"config.{message}") from None


def check_trackers(settings: Settings) -> None:
    """What shows the run is installed.

    Raises:
      SettingsError: a package is missing; how to install it.
    """
    for name in settings.tracker_names:
        if (package := trackers.missing_package(name)) is not None:
            raise SettingsError(
                f"config.trackers = {settings.trackers!r}: the package {package} is not installed; "
                f'pip install "vsdpo_jax[{name}]", or use "tensorboard" or "none"'
            )


def check_rewards(settings: Settings, tasks: TaskSource) -> None:
    """Every task has an axis in force with a weight, so that its programs can earn something.

    Axes of the picture are always in force, "content" where the task says what is asked, and those
    against a reference where the task has one that is a target.

    Raises:
      SettingsError: all that judges the programs of a task weighs 0; the first such task.
    """
    domain = load_domain(settings.data.domain)
    weights = {**domain.axes, **domain.reference_axes, **settings.rubric.weights}

    def is_heavy(axes: Sequence[str]) -> bool:
        return any(weights[axis] > 0 for axis in axes)

    if is_heavy([axis for axis in domain.axes if axis != "content"]):
        return
    trained = tasks.listed or tasks.train(0, 1)
    for task, is_target in (
        *((task, settings.data.train != "lab") for task in trained),
        *((task, True) for task in tasks.heldout),
    ):
        axes = ["content"] * (task.asked is not None)
        axes += [*domain.reference_axes] * (is_target and task.reference is not None)
        if not is_heavy(axes):
            raise SettingsError(
                f"config.rubric.weights: every axis that judges task {task.task_id!r} weighs 0, so "
                f"no program can earn a reward; give one of {', '.join(domain.axes)} a weight"
            )


def check_model(settings: Settings, vocab_size: int) -> None:
    """Names and counts that only the model can tell to be right, used or not.

    Raises:
      SettingsError: a size that there is not, an adapter's target that is no matrix, more
        likeliest tokens than there are tokens, an attention that this machine cannot compute.
    """
    model, topk = settings.model, settings.objective.topk
    if model.size and model.size not in SIZES:
        raise SettingsError(
            f'config.model.size = {model.size!r}: use "" or one of {", ".join(SIZES)}'
        )
    unknown = set(model.lora_targets) - set(lora.PROJECTIONS)
    if unknown or not model.lora_targets:
        raise SettingsError(
            f"config.model.lora_targets = {model.lora_targets!r}: use one or more of "
            f"{', '.join(lora.PROJECTIONS)}"
        )
    if topk > vocab_size:
        raise SettingsError(
            f"config.objective.topk = {topk}: the vocabulary has {vocab_size} tokens; use less"
        )
    needed, here = _HARDWARE.get(model.attention), jax.devices()[0].platform
    if needed not in (None, here):
        raise SettingsError(
            f"config.model.attention = {model.attention!r}: it needs a {needed}, and the devices "
            f'here are of type "{here}"; use "xla", which runs everywhere'
        )


def check_memory(settings: Settings, memory: Memory, evaluation_bytes: int) -> None:
    """What an update and the sampler hold for certain fits the fullest device.

    Activations are not counted (``vsdpo_jax.plan`` does), so that what is refused cannot work.

    Args:
      settings: of the run.
      memory: from planning.resident.
      evaluation_bytes: keys and values of an evaluation's batch.

    Raises:
      SettingsError: it does not; with the parts and the leaves that decide them.
    """
    room, rollout = machine.device_bytes(), settings.rollout
    rows = (
        f"config.rollout.max_new_tokens = {rollout.max_new_tokens}, rollout.prompt_limit = "
        f"{rollout.prompt_limit}, "
    )
    rollouts = f"{settings.num_rows} rows (prompts_per_step x group_size)"
    for what, part, leaves in (
        ("the weights, their teacher and their optimizer", 0, "config.model.path, config.optim"),
        ("a batch and its gradients", memory.batch + memory.gradients, rows + rollouts),
        ("the cache of the sampler", memory.cache, rows + rollouts),
        ("the cache of an evaluation", evaluation_bytes,
         f"{rows}rollout.eval_batch = {rollout.eval_batch}"),
    ):  # fmt: skip
        if memory.resident + part > room:
            raise SettingsError(
                f"{leaves}: {what} take {(memory.resident + part) / GIB:.1f} GiB of a device that "
                f"has {room / GIB:.1f}; lower them, or see python -m vsdpo_jax.plan"
            )


def sandbox_doubts(settings: Settings) -> Iterator[str]:
    """Sentences about limits of programs that are larger than this machine."""
    sandbox = settings.sandbox
    room, count = machine.memory_bytes() >> 20, sandbox.num_workers or machine.cores()
    if sandbox.memory_mb > room:
        yield (
            f"config.sandbox.memory_mb = {sandbox.memory_mb}: this machine has {room} MiB, so a "
            "program can use up all of it before it meets its limit"
        )
    elif sandbox.memory_mb * count > room:
        yield (
            f"config.sandbox.memory_mb = {sandbox.memory_mb}: {count} programs at a time may use "
            f"{sandbox.memory_mb * count} MiB, and this machine has {room}"
        )


def check_templates(settings: Settings) -> None:
    """Every template that this run can come to need is there and has its fields.

    Raises:
      TemplateError: naming the setting, the file and the remedy.
    """
    teacher = settings.teacher
    channels = () if teacher.kind == "none" else teacher.channels
    try:
        prompts.check_templates(teacher.templates, channels, settings.data.domain)
    except TemplateError as error:
        raise TemplateError(f"config.teacher.templates = {teacher.templates!r}: {error}") from None


def check_chat_arguments(settings: Settings, processor: Processor) -> None:
    """The model's chat template reads what the teacher's prompts tell it.

    Raises:
      SettingsError: an argument that it passes over.
    """
    try:
        processor.check_template_arguments(settings.teacher.chat_arguments)
    except ValueError as error:
        value = settings.teacher.template_arguments
        raise SettingsError(
            f"config.teacher.template_arguments = {value!r}: {error}; use one of these, or '{{}}'"
        ) from None


def _reader_of_references(settings: Settings) -> str:
    """The setting for which training tasks need a reference program; "": none."""
    teacher, num_warm_up = settings.teacher, settings.train.warm_up_steps
    if teacher.kind != "none" and "reference" in teacher.channels:
        return f"config.teacher.context = {teacher.context!r}"
    return f"config.train.warm_up_steps = {num_warm_up}" if num_warm_up else ""


def fits(settings: Settings, processor: Processor) -> Callable[[Task], None]:
    """(task of a corpus) -> None; raises BadRow where the run cannot use it.

    A file of one's own is mended where it does not fit (``check_lengths``); of a corpus the row is
    left out.
    """
    rollout, reader = settings.rollout, _reader_of_references(settings)

    def check(task: Task) -> None:
        if len(task.images) > settings.data.images_per_task:
            raise BadRow(
                f"more pictures than config.data.images_per_task = {settings.data.images_per_task}"
            )
        messages = prompts.student_messages(
            task.brief, settings.teacher.templates, task.images, settings.data.domain
        )
        try:
            length = len(processor.encode_multimodal(messages).ids)
        except ValueError as error:  # a brief that spells out a special token
            raise BadRow("prompt cannot be encoded", str(error)[:200]) from None
        if length > rollout.prompt_limit:
            limit = f"config.rollout.prompt_limit = {rollout.prompt_limit}"
            raise BadRow(f"prompt is longer than {limit}", f"{length} tokens")
        if reader and task.reference is None:
            raise BadRow(f"no reference program, which {reader} needs")
        if settings.train.warm_up_steps and task.reference is not None:
            length = len(processor.encode(task.reference)) + 1  # the stop token
            if length > rollout.max_new_tokens:
                limit = f"config.rollout.max_new_tokens = {rollout.max_new_tokens}"
                raise BadRow(f"reference program is longer than {limit}", f"{length} tokens")

    return check


def check_references(settings: Settings, tasks: TaskSource) -> None:
    """Training tasks have the reference programs that a teacher or a warm-up is to read.

    Raises:
      SettingsError: the lab's tasks come without.
      TaskFileError: a task of a file is without; the first one.
    """
    reader = _reader_of_references(settings)
    if not reader:
        return
    lacking = tasks.first_without_reference()
    if lacking is None:
        return
    if settings.data.train == "lab":
        raise SettingsError(
            f"config.data.references = {settings.data.references!r}: {reader} needs a reference "
            "program of every training task; use True"
        )
    raise TaskFileError(
        f"{settings.data.train}: task {lacking.task_id!r} has no reference program, and {reader} "
        "needs one of every training task: add the field 'reference', or leave the task out"
    )


def check_lengths(settings: Settings, tasks: TaskSource, processor: Processor) -> None:
    """What is read of task files fits its limit, so that no step of a long run ends it.

    Prompts with pictures are left to their step: every picture would have to be opened.

    Raises:
      TaskFileError: prompts above rollout.prompt_limit, or programs to imitate above
        rollout.max_new_tokens; how many, and the longest.
    """
    rollout, data = settings.rollout, settings.data

    def prompt(task: Task) -> int:
        messages = prompts.student_messages(
            task.brief, settings.teacher.templates, domain=settings.data.domain
        )
        return len(processor.encode_chat(messages))

    def program(task: Task) -> int:
        return len(processor.encode(task.reference or "")) + 1  # the stop token

    for file, listed in ((data.train, tasks.listed), (data.heldout, tasks.heldout)):
        texts = [task for task in listed if not task.images]
        _check_limit(file, "prompt", texts, prompt, "rollout.prompt_limit", rollout.prompt_limit)
    if settings.train.warm_up_steps:
        leaf, limit = "rollout.max_new_tokens", rollout.max_new_tokens
        _check_limit(data.train, "reference program", tasks.listed, program, leaf, limit)


def _check_limit(
    file: str, what: str, tasks: Sequence[Task], measure: Callable[[Task], int], leaf: str,
    limit: int,
) -> None:  # fmt: skip
    lengths = {task.task_id: measure(task) for task in tasks}
    long = {name: length for name, length in lengths.items() if length > limit}
    if not long:
        return
    worst = max(long, key=long.__getitem__)
    raise TaskFileError(
        f"{file}: {len(long)} of {len(lengths)} tasks have a {what} of more than config.{leaf} = "
        f"{limit} tokens; the longest, of task {worst!r}, has {long[worst]}: raise the limit, or "
        "leave them out"
    )
