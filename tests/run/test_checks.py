"""What is refused when a run is opened, with the leaf and the remedy, and what is let pass."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest

from configs import mini_chart
from vsdpo_jax.data.tasks import BadRow, TaskFileError, TaskSource, open_tasks
from vsdpo_jax.domains.prompts import TemplateError
from vsdpo_jax.records import Task
from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.run import checks, opening
from vsdpo_jax.run.checks import GIB
from vsdpo_jax.run.opening import mini_folder
from vsdpo_jax.run.planning import Memory
from vsdpo_jax.run.settings import SettingsError, from_config
from vsdpo_jax.runtime import machine


def settings(method="visual_sdpo", **leaves):
    config = mini_chart.get_config(method)
    for name, value in leaves.items():
        group, leaf = name.split("__")
        with config[group].unlocked():
            config[group][leaf] = value
    return from_config(config)


def check_references(chosen):
    data = chosen.data
    source = open_tasks(
        domain=data.domain, train=data.train, heldout="lab", num_heldout=2, seed=0,
        references=data.references,
    )  # fmt: skip
    checks.check_references(chosen, source)


def task_file(path, *references):
    """Tasks 0, 1, ... with these reference programs."""
    rows = [
        {"task_id": str(number), "brief": "Draw.", "reference": reference}
        for number, reference in enumerate(references)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


READERS = [
    ("opsd", {}, "config.teacher.context = 'reference'"),
    ("sft", {}, "config.train.warm_up_steps = "),
    ("sft_then_joint", {}, "config.train.warm_up_steps = 6"),
]


@pytest.mark.parametrize(("method", "leaves", "reader"), READERS)
def test_who_reads_references_needs_them_of_every_task(method, leaves, reader, tmp_path):
    check_references(settings(method, **leaves))
    words = re.escape(reader) + ".*use True"
    with pytest.raises(SettingsError, match=r"config\.data\.references = False: " + words):
        check_references(settings(method, data__references=False, **leaves))

    whole = task_file(tmp_path / "whole.jsonl", "a()", "b()")
    check_references(settings(method, data__train=whole, data__references=False, **leaves))
    holes = task_file(tmp_path / "holes.jsonl", "a()", None, None)
    words = r"holes\.jsonl: task '1' has no reference.*" + re.escape(reader) + ".*'reference'"
    with pytest.raises(TaskFileError, match=words):
        check_references(settings(method, data__train=holes, **leaves))


def test_who_reads_no_references_needs_none(tmp_path):
    check_references(settings())
    check_references(settings(data__train=task_file(tmp_path / "t.jsonl", None)))
    check_references(settings("grpo", teacher__context="reference"))  # a context without a reader


@pytest.mark.parametrize(
    ("leaf", "value", "words"),
    [
        (
            "data__domain",
            "sculpture",
            r"config\.data\.domain: 'sculpture' is unknown; known: 'chart'",
        ),
        ("rubric__weights", {"clpi": 1.0}, r"config\.rubric\.weights: unknown axis 'clpi'.* clip,"),
        ("data__domain", "email.message", r"config\.data\.domain: 'email\.message' is none"),
    ],
)
def test_a_domain_or_an_axis_that_there_is_not_is_named(leaf, value, words):
    with pytest.raises(SettingsError, match=words):
        checks.check_domain(settings(**{leaf: value}))


def test_a_rubric_without_weights_is_refused():
    nothing = dict.fromkeys(mini_chart.get_config().rubric.weights, 0.0)
    with pytest.raises(SettingsError, match=r"config\.rubric\.weights: the weights sum to 0"):
        checks.check_domain(settings(rubric__weights=nothing))
    checks.check_domain(settings())


PICTURE_AXES = (
    "overlap", "clip", "legend", "ticks", "contrast", "tiny", "empty", "range",
)  # fmt: skip


def check_rewards(*tasks, train="tasks.jsonl", **weights):
    given = dict.fromkeys(mini_chart.get_config().rubric.weights, 0.0) | weights
    source = TaskSource(seed=0, heldout=tasks, train=tasks, make_train=None)
    checks.check_rewards(settings(rubric__weights=given, data__train=train), source)


PLAIN = Task(task_id="plain", domain="chart", brief="b")
ASKED = dataclasses.replace(PLAIN, task_id="asked", asked={"title": "Tea"})
REFERENCED = dataclasses.replace(PLAIN, task_id="referenced", reference="a()")


def test_a_task_that_no_axis_in_force_can_reward_is_named():
    check_rewards(PLAIN, ASKED, REFERENCED, tiny=1.0)
    check_rewards(ASKED, content=1.0)
    check_rewards(REFERENCED, ref_color=0.5)
    for weights, tasks, wrong in (
        ({"content": 1.0}, (ASKED, PLAIN), "plain"),
        ({"ref_text": 1.0}, (REFERENCED, ASKED), "asked"),
        ({"content": 1.0}, (ASKED, REFERENCED), "referenced"),
        ({}, (ASKED, REFERENCED), "asked"),
    ):
        words = rf"config\.rubric\.weights: every axis that judges task '{wrong}' weighs 0"
        with pytest.raises(SettingsError, match=words):
            check_rewards(*tasks, **weights)


def test_references_of_the_lab_are_no_axis_in_force():
    weights = dict.fromkeys([*PICTURE_AXES, "content"], 0.0)
    chosen = settings(rubric__weights=weights)  # the axes against a reference weigh 1
    checks.check_domain(chosen)
    source = open_tasks(domain="chart", train="lab", heldout="lab", num_heldout=2, seed=0)
    with pytest.raises(SettingsError, match=r"every axis that judges task .* weighs 0"):
        checks.check_rewards(chosen, source)
    checks.check_rewards(settings(rubric__weights=weights | {"content": 1.0}), source)


@pytest.mark.parametrize(
    ("leaf", "value", "words"),
    [
        ("model__size", "9z", r"model\.size = '9z': use \"\" or one of 2b"),
        ("model__lora_targets", (), r"model\.lora_targets = \(\): use one or more of q_proj"),
        ("model__lora_targets", ("nope",), r"model\.lora_targets = \('nope',\): use one or more"),
        ("objective__topk", 10**9, r"objective\.topk = 1000000000: the vocabulary has 2048"),
        ("model__attention", "splash", r"model\.attention = 'splash': it needs a tpu.*\"cpu\""),
        ("model__attention", "cudnn", r"model\.attention = 'cudnn': it needs a gpu.*\"cpu\""),
    ],
)
def test_what_the_model_or_the_machine_does_not_have_is_refused(leaf, value, words):
    checks.check_model(settings(model__size="8b"), 2048)
    with pytest.raises(SettingsError, match=r"^config\." + words):
        checks.check_model(settings(**{leaf: value}), 2048)


MEMORY = Memory(
    trained=GIB, frozen=0, optimizer=2 * GIB, teacher=GIB, batch=GIB, gradients=GIB, activations=0,
    cache=2 * GIB,
)  # fmt: skip


def test_what_surely_does_not_fit_is_refused_with_its_size(monkeypatch):
    monkeypatch.setattr(machine, "device_bytes", lambda: 6 * GIB)
    checks.check_memory(settings(), MEMORY, evaluation_bytes=2 * GIB)
    for what, changes, evaluation, words in (
        ("weights", {"optimizer": 5 * GIB}, 0, r"config\.model\.path"),
        ("batch", {"batch": 2 * GIB}, 0, r"max_new_tokens = 224, .*32 rows"),
        ("cache of the sampler", {"cache": 3 * GIB}, 0, r"max_new_tokens = 224, .*32 rows"),
        ("cache of an evaluation", {}, 3 * GIB, r"rollout\.eval_batch = 32"),
    ):
        words = rf"^config\..*{words}.*{what}.* take [78]\.0 GiB of a device that has 6\.0"
        if what == "weights":
            words = r"^config\.model\.path, .*the weights.* take 7\.0 GiB of a device that has 6\.0"
        with pytest.raises(SettingsError, match=words):
            checks.check_memory(
                settings(), dataclasses.replace(MEMORY, **changes), evaluation_bytes=evaluation
            )


def test_limits_of_programs_beyond_the_machine_are_said(monkeypatch):
    monkeypatch.setattr(machine, "memory_bytes", lambda: 8 * GIB)
    monkeypatch.setattr(machine, "cores", lambda: 2)
    assert list(checks.sandbox_doubts(settings())) == []
    (said,) = checks.sandbox_doubts(settings(sandbox__memory_mb=5000))
    assert "config.sandbox.memory_mb = 5000: 2 programs at a time may use 10000 MiB" in said
    (said,) = checks.sandbox_doubts(settings(sandbox__memory_mb=2048, sandbox__num_workers=8))
    assert "8 programs" in said
    (said,) = checks.sandbox_doubts(settings(sandbox__memory_mb=10**6))
    assert "this machine has 8192 MiB" in said


def test_no_more_workers_than_the_cores_can_feed():
    with pytest.raises(
        SettingsError, match=r"^config\.sandbox\.num_workers = 5000: .* at most \d+, 4 for each"
    ):
        opening.open_pool(settings(sandbox__num_workers=5000))


@pytest.mark.parametrize(
    ("leaf", "value", "words"),
    [
        ("rollout__max_new_tokens", 10**6, r"max_new_tokens = 1000000.* GiB of a device"),
        ("rollout__eval_batch", 10_000, r"rollout\.eval_batch = 10000.* GiB of a device"),
        ("objective__topk", 10**9, "the vocabulary has"),
        ("sandbox__num_workers", 5000, "at most"),
    ],
)
def test_a_run_is_refused_before_tasks_are_made(monkeypatch, leaf, value, words):
    monkeypatch.setattr(machine, "device_bytes", lambda: GIB)
    monkeypatch.setattr(opening, "open_tasks", lambda **options: pytest.fail("work has started"))
    heldout = {"data__num_heldout": 10_000} if leaf == "rollout__eval_batch" else {}
    chosen = settings(**heldout, **{leaf: value})
    with pytest.raises(SettingsError, match=words), opening.open_run(chosen):
        pass


def test_templates_are_read_before_work_starts(tmp_path):
    with pytest.raises(
        TemplateError, match=r"config\.teacher\.templates = 'defualt': .*mini, default"
    ):
        checks.check_templates(settings(teacher__templates="defualt"))
    (tmp_path / "student.txt").write_text("{brief}")
    own = {"teacher__templates": str(tmp_path)}
    with pytest.raises(TemplateError, match=r"teacher\.txt: there is no such template"):
        checks.check_templates(settings(**own))
    checks.check_templates(settings("grpo", **own))  # no teacher, no words for it
    checks.check_templates(settings("no_feedback", **own))  # it reads what the student reads


def check_lengths(chosen):
    data = chosen.data
    source = open_tasks(
        domain=data.domain, train=data.train, heldout=data.heldout, num_heldout=2, seed=0
    )
    checks.check_lengths(chosen, source, Processor(mini_folder("chart")))


def test_what_is_too_long_in_a_task_file_is_said_before_work_starts(tmp_path):
    good = task_file(tmp_path / "good.jsonl", "a()", "b()")
    check_lengths(settings(data__train=good))
    long = task_file(tmp_path / "long.jsonl", "a()", "a()", "a()" * 200)
    check_lengths(settings(data__train=long))  # nobody imitates it
    message = (
        r"long\.jsonl: 1 of 3 tasks have a reference program of more than "
        r"config\.rollout\.max_new_tokens = 224 tokens; the longest, of task '2', has \d+"
    )
    with pytest.raises(TaskFileError, match=message):
        check_lengths(settings("sft", data__train=long))
    for leaf, count in (("data__train", 3), ("data__heldout", 2)):  # num_heldout is 2
        message = (
            rf"long\.jsonl: {count} of {count} tasks have a prompt of more than "
            r"config\.rollout\.prompt_limit = 4 tokens; the longest"
        )
        with pytest.raises(TaskFileError, match=message):
            check_lengths(settings(**{leaf: long}, rollout__prompt_limit=4))


def test_the_limits_count_the_stop_token(tmp_path):
    processor = Processor(mini_folder("chart"))
    file = task_file(tmp_path / "one.jsonl", "plt.show()")
    count = len(processor.encode("plt.show()"))
    check_lengths(settings("sft", data__train=file, rollout__max_new_tokens=count + 1))
    with pytest.raises(TaskFileError, match=f"has {count + 1}: raise the limit"):
        check_lengths(settings("sft", data__train=file, rollout__max_new_tokens=count))


def test_what_does_not_fit_a_run_is_left_out_of_a_corpus_with_the_reason():
    processor = Processor(mini_folder("chart"))
    plain = Task(task_id="t", domain="chart", brief="Draw.", reference="plt.show()")
    bare = dataclasses.replace(plain, reference=None)
    long = dataclasses.replace(plain, brief="Draw. " * 200)
    seen = dataclasses.replace(plain, images=("a.png",))
    marked = dataclasses.replace(plain, brief="<|image_pad|>")
    program = dataclasses.replace(plain, reference="plt.show()\n" * 200)
    for method, task, words in (
        ("visual_sdpo", plain, None),
        ("visual_sdpo", bare, None),
        ("visual_sdpo", program, None),
        ("visual_sdpo", long, r"longer than config.rollout.prompt_limit = 112 \(\d+ tokens\)"),
        ("visual_sdpo", seen, "more pictures than config.data.images_per_task = 0"),
        ("visual_sdpo", marked, "prompt cannot be encoded"),
        ("sft", bare, "no reference program, which config.train.warm_up_steps = -?[0-9]+ needs"),
        ("opsd", bare, "no reference program, which config.teacher.context = 'reference' needs"),
        ("sft", program, "program is longer than config.rollout.max_new_tokens = 224"),
        ("sft", plain, None),
    ):
        check = checks.fits(settings(method), processor)
        if words is None:
            check(task)
        else:
            with pytest.raises(BadRow, match=words):
                check(task)
