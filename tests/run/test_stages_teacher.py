"""What the teacher reads, to the letter: golden texts, the template's arguments, the baseline."""

from __future__ import annotations

import dataclasses
import json
import shutil

import numpy as np
import pytest
from test_stages import TASK, judged, rollout, settings

from vsdpo_jax.domains import prompts
from vsdpo_jax.domains.prompts import TeacherContext
from vsdpo_jax.models.qwen3_vl import weights
from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.run import checks, opening, stages
from vsdpo_jax.run.settings import SettingsError

KNOWN = TeacherContext(rubric='{"clip": "title right"}', reference="plot(1)", sibling="bar(2)")
MINI = (
    "<|im_start|>user\n"
    "Draw.\n"
    'Feedback on an earlier program: {"clip": "title right"}\n'
    "Program: plot(1)\n"
    "Program: bar(2)<|im_end|>\n"
    "<|im_start|>assistant\n"
)
DEFAULT = (
    "<|im_start|>user\n"
    "<|vision_start|><|image_pad|><|vision_end|>Draw.\n"
    "\n"
    "Write one complete Python program that draws this. Reply with a single ```python code block "
    "and nothing else.\n"
    "\n"
    'An earlier program for this task was run and its result inspected. "ok" means that nothing '
    "was wrong; everything else is a defect that was seen, or the error that stopped the program:\n"
    '{"clip": "title right"}\n'
    "This is the picture that an earlier program for this task drew:\n"
    "<|vision_start|><|image_pad|><|vision_end|>\n"
    "Look for texts that overlap or are cut, colours that vanish, and data that is hidden or "
    "wrong.\n"
    "This is a program that solves the task:\n"
    "plot(1)\n"
    "This is an earlier answer to the same task that drew it without a defect:\n"
    "bar(2)\n"
    "\n"
    "Write the program without these defects, and keep what was already right.<|im_end|>\n"
    "<|im_start|>assistant\n"
)
FAILED = (
    "<|im_start|>user\n"
    "Draw.\n"
    "\n"
    "Write one complete Python program that draws this. Reply with a single ```python code block "
    "and nothing else.\n"
    "\n"
    "An earlier program for this task drew nothing. It was stopped by this error:\n"
    "NameError: name 'x' is not defined\n"
    "\n"
    "Write the program without these defects, and keep what was already right.<|im_end|>\n"
    "<|im_start|>assistant\n"
)
THINKING = "{%- if enable_thinking is defined and enable_thinking %}<think>\n{% endif %}"


@pytest.fixture(scope="module")
def processor():
    return Processor(opening.mini_folder("chart"))


@pytest.fixture(scope="module")
def thinking(tmp_path_factory):
    """The mini model's folder with a template that can be told to think, and in which tongue."""
    folder = tmp_path_factory.mktemp("thinking")
    shutil.copytree(opening.mini_folder("chart"), folder, dirs_exist_ok=True)
    source = (folder / "chat_template.jinja").read_text()
    tongue = "{%- if tongue is defined %}{{ tongue }}: {% endif %}"
    (folder / "chat_template.jinja").write_text(tongue + source + THINKING)
    return Processor(folder)


def test_the_whole_text_of_the_mini_teacher(processor):
    chosen = settings(teacher__context="rubric+reference+sibling")
    chat = stages.encode_teacher(processor, chosen, TASK, KNOWN)
    assert processor.chat_text(prompts.teacher_messages("Draw.", KNOWN, "mini")) == MINI
    np.testing.assert_array_equal(chat.ids, processor.encode(MINI))


def test_the_whole_text_of_the_default_teacher_with_pictures(processor):
    context = TeacherContext(
        rubric=KNOWN.rubric, reference="plot(1)", sibling="bar(2)", image="drawn.png"
    )
    messages = prompts.teacher_messages("Draw.", context, "default", ["asked.png"], "chart")
    assert processor.chat_text(messages) == DEFAULT
    pictures = [item["image"] for item in messages[0]["content"] if item["type"] == "image"]
    assert pictures == ["asked.png", "drawn.png"]


def test_the_whole_text_of_a_failure_without_the_rubric(processor):
    context = TeacherContext(error="NameError: name 'x' is not defined")
    chosen = settings(teacher__templates="default", teacher__context="image")
    chat = stages.encode_teacher(processor, chosen, TASK, context)
    np.testing.assert_array_equal(chat.ids, processor.encode(FAILED))


def batch_of(processor, chosen, tasks, rollouts, chats, baselines=()):
    """The arrays that a run makes of these chats."""
    given = {
        "settings": chosen, "processor": processor,
        "config": weights.read_config(opening.mini_folder("chart")),
        "mesh": opening.make_mesh(chosen),
    }  # fmt: skip
    names = [field.name for field in dataclasses.fields(opening.Run)]
    return opening.Run(**(dict.fromkeys(names) | given)).make_batch(
        stages.encode_prompts(processor, chosen, tasks), chats, rollouts,
        np.ones(len(rollouts), bool), baseline_chats=baselines,
        weights=[np.ones(len(one.tokens_T)) for one in rollouts],
        advantages=np.zeros(len(rollouts)),
    )  # fmt: skip


def written(processor, group, text="bar([1, 2])\n"):
    tokens_T = processor.encode(text)
    logp_T = np.zeros(len(tokens_T), np.float32)
    offsets_T2 = processor.decode(tokens_T)[1]
    return dataclasses.replace(
        rollout(group, text=text), tokens_T=tokens_T, logp_T=logp_T, offsets_T2=offsets_T2
    )


def test_a_row_is_the_teachers_text_and_then_the_students_tokens(processor):
    """Nothing between them and nothing before them: what Eq. 2 conditions on, token by token."""
    chosen = settings(teacher__context="rubric+reference+sibling")
    rollouts = [written(processor, 0)] * 8
    chats, _ = stages.encode_teachers(processor, chosen, [TASK], rollouts, [KNOWN] * 8)
    batch = batch_of(processor, chosen, [TASK], rollouts, chats)
    expected = np.concatenate([processor.encode(MINI), rollouts[0].tokens_T])
    for tokens_R, mask_R in zip(batch.teacher_tokens_BR, batch.teacher_mask_BR, strict=True):
        np.testing.assert_array_equal(np.asarray(tokens_R)[np.asarray(mask_R)], expected)
    assert batch.baseline_tokens_BR is None


def test_arguments_of_the_template_reach_the_teacher_alone(thinking):
    told = settings(teacher__template_arguments='{"enable_thinking": true, "tongue": "en"}')
    plain = settings()
    context = TeacherContext(rubric="R")
    for chosen, before, after in ((told, "en: ", "<think>\n"), (plain, "", "")):
        chat = stages.encode_teacher(thinking, chosen, TASK, context)
        text = "<|im_start|>user\nDraw.\nFeedback on an earlier program: R<|im_end|>\n"
        text = f"{before}{text}<|im_start|>assistant\n{after}"
        np.testing.assert_array_equal(chat.ids, thinking.encode(text))
    student, same = (stages.encode_prompts(thinking, each, [TASK])[0] for each in (told, plain))
    np.testing.assert_array_equal(student.ids, same.ids)


def test_the_control_without_feedback_is_told_them_too(thinking):
    told = settings(teacher__context="none", teacher__template_arguments='{"tongue": "de"}')
    chat = stages.encode_teacher(thinking, told, TASK, TeacherContext())
    (student,) = stages.encode_prompts(thinking, told, [TASK])
    expected = np.concatenate([thinking.encode("de: "), student.ids])
    np.testing.assert_array_equal(chat.ids, expected)


def test_a_long_feedback_makes_room_for_what_the_template_adds(thinking):
    chosen = settings(teacher__template_arguments=json.dumps({"tongue": "word " * 20}))
    chat = stages.encode_teacher(thinking, chosen, TASK, TeacherContext(rubric="x y " * 500))
    assert chosen.teacher.prompt_limit - 3 <= len(chat.ids) <= chosen.teacher.prompt_limit


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ('{"enable_thinkin": true}', "'enable_thinkin' is no argument.*enable_thinking, tongue"),
        ('{"messages": []}', "'messages' is no argument"),
        ('{"add_generation_prompt": false}', "'add_generation_prompt' is no argument"),
        ('{"raise_exception": 1}', "'raise_exception' is no argument"),
    ],
)
def test_an_argument_that_the_template_passes_over_is_refused_at_the_start(
    thinking, arguments, message
):
    chosen = settings(teacher__template_arguments=arguments)
    with pytest.raises(SettingsError, match=rf"teacher\.template_arguments = .*{message}"):
        checks.check_chat_arguments(chosen, thinking)
    with pytest.raises(ValueError, match=message):
        stages.encode_teacher(thinking, chosen, TASK, TeacherContext(rubric="R"))


def test_a_template_without_arguments_says_so(processor):
    checks.check_chat_arguments(settings(), processor)
    chosen = settings(teacher__template_arguments='{"enable_thinking": true}')
    with pytest.raises(SettingsError, match=r"which takes none; use one of these, or '\{\}'"):
        checks.check_chat_arguments(chosen, processor)


@pytest.mark.parametrize("text", ["", "enable_thinking", "[1]", "true", '{"a": }', "{'a': 1}"])
def test_arguments_that_are_no_object(text):
    with pytest.raises(SettingsError, match=r"template_arguments = .*use a JSON object"):
        settings(teacher__template_arguments=text)


def baselines(results, contexts, **leaves):
    leaves = {"teacher__baseline_weight": 1.0, "rollout__group_size": 2, **leaves}
    return stages.baseline_contexts(settings(**leaves), results, contexts)


def test_the_baseline_of_a_rollout_is_the_feedback_on_another_prompt():
    own = [TeacherContext(rubric=str(i)) for i in range(6)]
    results = [judged(str(i), masked=i == 3) for i in range(6)]
    found = baselines(results, own)
    assert [context.rubric for context in found] == ["2", None, "4", "5", "0", "1"]
    assert found[1].is_empty  # the rollout whose feedback it would be was not judged
    nothing = stages.encode_baselines(None, settings(), [TASK], [], results, own)
    assert nothing == ([], 0)


def test_a_row_of_the_baseline_is_the_task_with_anothers_feedback_and_the_own_tokens(processor):
    chosen = settings(teacher__baseline_weight=1.0, rollout__group_size=4)
    tasks = [TASK, dataclasses.replace(TASK, task_id="u", brief="Paint.")]
    rollouts = [written(processor, row // 4, f"bar({row})\n") for row in range(8)]
    results = [judged(f"F{row}", masked=row == 6) for row in range(8)]
    own = stages.teacher_contexts(chosen, tasks, rollouts, results)
    chats, _ = stages.encode_teachers(processor, chosen, tasks, rollouts, own)
    others, num_dropped = stages.encode_baselines(processor, chosen, tasks, rollouts, results, own)
    assert num_dropped == 0
    batch = batch_of(processor, chosen, tasks, rollouts, chats, others)
    assert np.asarray(batch.has_baseline_B).tolist() == [row != 2 for row in range(8)]
    for row in range(8):
        brief, other = tasks[row // 4].brief, (row + 4) % 8
        text = f"{brief}\nFeedback on an earlier program: F{other}" if row != 2 else brief
        text = f"<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n"
        read = np.asarray(batch.baseline_tokens_BR)[row][np.asarray(batch.baseline_mask_BR)[row]]
        expected = np.concatenate([processor.encode(text), rollouts[row].tokens_T])
        np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize(
    ("leaves", "message"),
    [
        ({"teacher__kind": "none"}, "kind is 'none', so that there is no teacher"),
        ({"teacher__context": "none"}, "context is 'none', so that there is no feedback"),
        ({"teacher__feedback_of": "another"}, "feedback_of is 'another', so that another's"),
    ],
)
def test_a_baseline_of_nothing_is_refused(leaves, message):
    with pytest.raises(SettingsError, match=rf"teacher\.baseline_weight = 1\.0: .*{message}"):
        settings(teacher__baseline_weight=1.0, **leaves)
    with pytest.raises(SettingsError, match=r"prompts_per_step = 1: .*baseline_weight = 0"):
        settings(teacher__baseline_weight=1.0, rollout__prompts_per_step=1)
