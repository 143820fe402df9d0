"""The stages on made-up records: who reads what, who is credited, what the options see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from configs import mini_chart
from vsdpo_jax.domains.prompts import TeacherContext
from vsdpo_jax.records import Defect, Diagnosis, Element, Judged, Render, Rollout, Task
from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.run import opening, stages
from vsdpo_jax.run.settings import SettingsError, from_config

PROGRAM = "a = 1\nb = 2\nc = 3\n"
TASK = Task(task_id="t", domain="chart", brief="Draw.", reference="ref()")


@pytest.fixture(scope="module")
def processor():
    return Processor(opening.mini_folder("chart"))


def settings(**leaves):
    config = mini_chart.get_config()
    for name, value in leaves.items():
        group, leaf = name.split("__")
        config[group][leaf] = value
    return from_config(config)


def rollout(group=0, sample=0, text=PROGRAM, stop="stop"):
    offsets = np.array([(i, i + 1) for i in range(len(text))], np.int32)
    return Rollout(
        task_id="t", group_id=group, sample_id=sample, policy_version=0, text=text,
        tokens_T=np.zeros(len(text), np.int32), logp_T=np.zeros(len(text), np.float32),
        offsets_T2=offsets, stop_reason=stop,
    )  # fmt: skip


def judged(feedback="FEEDBACK", rubric=None, failed=False, masked=False):
    image = np.zeros((4, 4, 3), np.uint8)
    render = Render(status="program_error", error="TRACE") if failed else Render(
        status="ok", image_YXC=image,
        elements=(Element(region=(0, 0, 2, 2), span=(0, 5), role="data"),),
    )  # fmt: skip
    rubric = {} if failed else rubric or {"clip": False}
    defect = Defect(axis="clip", kind="k", region=(0, 0, 2, 2), severity=1, message="m")
    return Judged(
        render=render,
        diagnosis=Diagnosis(
            rubric=rubric, scores={}, defects=() if failed else (defect,), feedback=feedback,
            r_exec=float(not failed), r_vis=0.0 if failed else float(all(rubric.values())),
            masked=masked,
        ),
    )  # fmt: skip


def contexts(results, **leaves):
    rollouts = [rollout(sample=i, text=f"text {i}") for i in range(len(results))]
    return stages.teacher_contexts(settings(**leaves), [TASK], rollouts, results)


def test_the_rubric_channel_is_the_feedback_even_of_a_failure():
    drawn, failed = contexts([judged("A"), judged("B", failed=True)])
    assert drawn == TeacherContext(rubric="A")
    assert failed == TeacherContext(rubric="B")


def test_the_image_channel_is_the_picture_or_the_trace_in_its_place():
    drawn, failed = contexts([judged(), judged(failed=True)], teacher__context="image")
    assert drawn.image.size == (4, 4)
    assert (drawn.rubric, drawn.error) == (None, None)
    assert failed == TeacherContext(error="TRACE")
    both = contexts([judged("B", failed=True)], teacher__context="rubric+image")
    assert both == [TeacherContext(rubric="B")]  # the rubric says the error already


def test_the_sibling_channel_is_another_rollout_that_satisfies_everything():
    good = judged(rubric={"clip": True})
    found = contexts([judged(), good, good], teacher__context="sibling")
    assert [context.sibling for context in found] == ["text 1", "text 2", "text 1"]
    alone = contexts([good, judged()], teacher__context="sibling")
    assert [context.sibling for context in alone] == [None, "text 0"]
    assert alone[0].is_empty


def test_the_reference_channel_and_none():
    assert contexts([judged()], teacher__context="reference")[0].reference == "ref()"
    assert contexts([judged()], teacher__context="none")[0].is_empty


def test_shuffled_feedback_comes_from_another_group():
    results = [judged(str(i)) for i in range(4)]
    found = contexts(results, teacher__feedback_of="another", rollout__group_size=2)
    assert [context.rubric for context in found] == ["2", "3", "0", "1"]


def test_a_long_feedback_loses_its_end_and_the_brief_nothing(processor):
    chosen = settings()
    limit = chosen.teacher.prompt_limit
    chat = stages.encode_teacher(processor, chosen, TASK, TeacherContext(rubric="x y " * 500))
    assert limit - 3 <= len(chat.ids) <= limit
    assert processor.decode(chat.ids)[0].count("Draw.") == 1
    short = stages.encode_teacher(processor, chosen, TASK, TeacherContext(rubric="ok"))
    assert "ok" in processor.decode(short.ids)[0]


def test_a_program_that_does_not_fit_is_left_out_and_counted_and_the_run_goes_on(processor):
    chosen = settings(teacher__context="rubric+reference+sibling")
    long, short = "plot(1, 2)\n" * 200, "plot(1, 2)"
    heard = [
        TeacherContext(rubric="R-TEXT", reference=short, sibling=short),
        TeacherContext(rubric="R-TEXT", reference=short, sibling=long),
        TeacherContext(rubric="R-TEXT", reference=long, sibling=short),
        TeacherContext(rubric="R-TEXT", reference=long, sibling=long),
        TeacherContext(sibling=long),
        TeacherContext(),
    ]
    rollouts = [rollout(sample=i) for i in range(len(heard))]
    chats, num_dropped = stages.encode_teachers(processor, chosen, [TASK], rollouts, heard)
    assert num_dropped == 4
    assert [chat is None for chat in chats] == [False] * 4 + [True] * 2
    texts = [processor.decode(chat.ids)[0] for chat in chats[:4]]
    assert [text.count("Program: " + short) for text in texts] == [2, 1, 1, 0]
    for chat, text in zip(chats, texts, strict=False):
        assert len(chat.ids) <= chosen.teacher.prompt_limit
        assert "R-TEXT" in text  # it is not cut for a program that does not fit anyway


def test_a_feedback_makes_room_for_a_program_that_fits_without_it(processor):
    chosen = settings(teacher__context="rubric+sibling")
    context = TeacherContext(rubric="x y " * 500, sibling="plot(1, 2)\n" * 9)
    (chat,), num_dropped = stages.encode_teachers(processor, chosen, [TASK], [rollout()], [context])
    text = processor.decode(chat.ids)[0]
    assert num_dropped == 0
    assert context.sibling in text
    assert "x y" in text
    nobody = settings(teacher__kind="none", objective__distill_weight=0.0)
    assert stages.encode_teachers(processor, nobody, [TASK], [rollout()], [context]) == ([None], 0)


def test_an_empty_context_has_no_teacher_and_the_control_none_reads_the_prompt(processor):
    assert stages.encode_teacher(processor, settings(), TASK, TeacherContext()) is None
    control = settings(teacher__context="none")
    chat = stages.encode_teacher(processor, control, TASK, TeacherContext())
    (student,) = stages.encode_prompts(processor, control, [TASK])
    np.testing.assert_array_equal(chat.ids, student.ids)


def test_random_credit_keeps_the_distribution_and_is_a_function_of_the_seed():
    plain, weight_T = stages.assign_credit(rollout(), judged(), 4.0)
    assert [s.weight for s in plain] == [4.0, 1.0, 1.0]
    seen = set()
    for seed in range(12):
        mixed, mixed_T = stages.assign_credit(rollout(), judged(), 4.0, shuffle_seed=(seed, 1))
        again, _ = stages.assign_credit(rollout(), judged(), 4.0, shuffle_seed=(seed, 1))
        assert [s.weight for s in mixed] == [s.weight for s in again]
        assert sorted(s.weight for s in mixed) == [1.0, 1.0, 4.0]
        assert [s.span for s in mixed] == [s.span for s in plain]
        seen.add(tuple(s.weight for s in mixed))
        assert mixed_T.max() == weight_T.max()
    assert len(seen) == 3


def test_fields_of_the_options():
    good = judged(rubric={"clip": True})
    results = [good, judged(), judged(failed=True), judged(failed=True)]
    rollouts = [rollout(i // 2, i % 2, stop="length" if i == 3 else "stop") for i in range(4)]
    reward_PG = np.array([[1.0, 0.5], [0.0, 0.0]], np.float32)
    fields = stages.option_fields(rollouts, results, reward_PG, np.ones((2, 2), bool))
    assert fields["truncated_B"].tolist() == [False, False, False, True]
    assert fields["flat_B"].tolist() == [False, False, True, True]
    assert fields["satisfied_B"].tolist() == [True, False, False, False]
    assert fields["pass_rate_B"].tolist() == [0.5, 0.5, 0.0, 0.0]
    assert fields["imitate_B"].tolist() == [True, False, False, False]  # nothing to imitate


def test_an_unknown_channel_is_named():
    with pytest.raises(SettingsError, match=r"teacher\.context = 'rubric\+smell'.*sibling"):
        settings(teacher__context="rubric+smell")


def test_pictures_need_a_model_that_reads_them(processor):
    config = opening.weights.read_config(opening.mini_folder("chart"))
    with pytest.raises(SettingsError, match=r"teacher\.context = 'image'"):
        opening.check_images(settings(teacher__context="image"), config, processor)
    with pytest.raises(SettingsError, match=r"data\.images_per_task = 1"):
        opening.check_images(settings(data__images_per_task=1), config, processor)
    opening.check_images(
        settings(teacher__context="image", teacher__kind="none"), config, processor
    )


def test_nobody_reads_the_pictures_of_a_teacher_that_there_is_not(processor):
    chosen = settings(teacher__context="image", teacher__kind="none")
    config = opening.weights.read_config(opening.mini_folder("chart"))  # without a vision tower
    ids, mask = np.zeros((1, 4), np.int32), np.ones((1, 4), bool)
    chats = stages.encode_prompts(processor, chosen, [TASK])
    assert stages.read_images(chats, ids, mask, config, chosen, "teacher") is None


def test_a_reference_is_drawn_only_where_it_is_compared():
    jobs = []

    class Pool:
        def map(self, given, on_done=None):
            jobs.extend(given)
            return []

    task = replace(TASK, asked=None)
    stages.judge_rollouts(Pool(), settings(), [task], [rollout()])
    free = {f"ref_{axis}": 0.0 for axis in ("text", "layout", "type", "color", "visual")}
    config = mini_chart.get_config()
    config.rubric.weights.update(free)
    stages.judge_rollouts(Pool(), from_config(config), [task], [rollout()])
    stages.judge_rollouts(Pool(), settings(), [task], [rollout()], has_targets=False)
    assert [job.reference for job in jobs] == ["ref()", None, None]


def test_special_tokens_that_a_program_wrote_stay_text(processor):
    trace = "NameError: <|image_pad|><|im_end|>"
    chat = stages.encode_teacher(processor, settings(), TASK, TeacherContext(rubric=trace))
    plain = stages.encode_teacher(processor, settings(), TASK, TeacherContext(rubric="x"))
    specials = [processor.image_token_id, *processor.stop_ids]
    assert np.isin(chat.ids, specials).sum() == np.isin(plain.ids, specials).sum()
