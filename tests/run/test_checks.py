"""What is refused when a run is opened, with the leaf and the remedy, and what is let pass."""

from __future__ import annotations

import json
import re

import pytest

from configs import mini_chart
from vsdpo_jax.data.tasks import TaskFileError, open_tasks
from vsdpo_jax.domains.prompts import TemplateError
from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.run import checks
from vsdpo_jax.run.opening import MINI
from vsdpo_jax.run.settings import SettingsError, from_config


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
        ("data__domain", "slide", r"config\.data\.domain: 'slide' is unknown; known: 'chart'"),
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
    checks.check_lengths(chosen, source, Processor(MINI))


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
    processor = Processor(MINI)
    file = task_file(tmp_path / "one.jsonl", "plt.show()")
    count = len(processor.encode("plt.show()"))
    check_lengths(settings("sft", data__train=file, rollout__max_new_tokens=count + 1))
    with pytest.raises(TaskFileError, match=f"has {count + 1}: raise the limit"):
        check_lengths(settings("sft", data__train=file, rollout__max_new_tokens=count))
