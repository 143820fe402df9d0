"""What is refused when a run is opened, with the leaf and the remedy, and what is let pass."""

from __future__ import annotations

import json
import re

import pytest

from configs import mini_chart
from vsdpo_jax import checks
from vsdpo_jax.data.tasks import TaskFileError, open_tasks
from vsdpo_jax.domains.prompts import TemplateError
from vsdpo_jax.settings import SettingsError, from_config


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
    with pytest.raises(SettingsError, match=r"config\.rubric\.weights: every axis.*weighs 0"):
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
