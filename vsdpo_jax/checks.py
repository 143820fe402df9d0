"""What settings need of templates, tasks and the domain: checked when a run is opened.

What one leaf or two may be is in settings.py; here is what takes a file or a module to know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vsdpo_jax.data.tasks import TaskFileError, TaskSource
from vsdpo_jax.domains import prompts
from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.domains.prompts import TemplateError
from vsdpo_jax.records import Task
from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.settings import Settings, SettingsError


def check_domain(settings: Settings) -> None:
    """The domain exists, and takes the weights of its rubric.

    Raises:
      SettingsError: an unknown domain, an axis that it does not have, no axis with a weight.
    """
    try:
        domain = load_domain(settings.data.domain)
    except ValueError as error:
        raise SettingsError(f"config.data.{error}") from None
    try:
        domain.check(dict(settings.rubric.weights))
    except ValueError as error:
        message = str(error).replace("axis_weights", "rubric.weights", 1)
        raise SettingsError(f"config.{message}") from None


def check_templates(settings: Settings) -> None:
    """Every template that this run can come to need is there and has its fields.

    Raises:
      TemplateError: naming the setting, the file and the remedy.
    """
    teacher = settings.teacher
    channels = () if teacher.kind == "none" else teacher.channels
    try:
        prompts.check_templates(teacher.templates, channels)
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


def check_references(settings: Settings, tasks: TaskSource) -> None:
    """Training tasks have the reference programs that a teacher or a warm-up is to read.

    Raises:
      SettingsError: the lab's tasks come without.
      TaskFileError: a task of a file is without; the first one.
    """
    teacher, num_warm_up = settings.teacher, settings.train.warm_up_steps
    if teacher.kind != "none" and "reference" in teacher.channels:
        reader = f"config.teacher.context = {teacher.context!r}"
    elif num_warm_up:
        reader = f"config.train.warm_up_steps = {num_warm_up}"
    else:
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
        messages = prompts.student_messages(task.brief, settings.teacher.templates)
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
