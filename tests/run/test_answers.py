"""Answers to a benchmark's examples, kept as they come."""

from __future__ import annotations

import dataclasses
import json
from types import SimpleNamespace

import jax
import pytest
from corpus_files import png, program
from local_endpoint import serving

from configs import mini_chart
from vsdpo_jax.data.errors import BadRow
from vsdpo_jax.data.examples import Examples
from vsdpo_jax.endpoint.client import Client
from vsdpo_jax.endpoint.server import Endpoint
from vsdpo_jax.run import answers
from vsdpo_jax.run.settings import SettingsError, from_config
from vsdpo_jax.runtime.files import DamagedFileError
from vsdpo_jax.runtime.stop import StoppedError

SETTINGS = from_config(mini_chart.get_config())


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora") / "chartmimic" / "direct_600"
    folder.mkdir(parents=True)
    for number in range(5):
        (folder / f"bar_{number}.py").write_text(program(number))
        picture = b"\x89PNG no picture" if number == 3 else png(number)
        (folder / f"bar_{number}.png").write_bytes(picture)
    return Examples("chartmimic:direct_600", str(folder.parents[1]), "chart")


def rows(predictions):
    return [json.loads(line) for line in predictions.path.read_text().splitlines()]


def client_of(server, **options):
    return Client(Endpoint(model="m", url=server.url, backoff_s=0.01, attempts=1, **options))


def test_a_model_elsewhere_gets_the_students_messages_and_its_failures_are_asked_again(
    examples, tmp_path
):
    def reply(body, number):
        return (500, {}, "down") if number == 1 else f"answer {number}"

    settings = dataclasses.replace(
        SETTINGS, rollout=dataclasses.replace(SETTINGS.rollout, temperature=0.5, top_p=0.9)
    )
    with serving(reply) as server:
        with answers.Predictions(tmp_path, {"model": "m"}) as predictions:
            reasons = answers.of_endpoint(
                settings, examples, predictions, client_of(server, in_flight=1)
            )
        assert reasons.total() == 1
        # An example without a picture is no question: its answer is empty, and counts.
        assert [(row["id"], row["prediction"], row["finish"]) for row in rows(predictions)] == [
            ("bar_0", "answer 0", "stop"), ("bar_2", "answer 2", "stop"),
            ("bar_3", "", "not asked"), ("bar_4", "answer 3", "stop"),
        ]  # fmt: skip
        with answers.Predictions(tmp_path, {"model": "m"}) as predictions:
            assert not answers.of_endpoint(settings, examples, predictions, client_of(server))
    assert [row["id"] for row in rows(predictions)][-1] == "bar_1"
    body = server.requests[0][1]
    assert [part["type"] for part in body["messages"][0]["content"]] == ["image_url", "text"]
    assert "draws it again" in body["messages"][0]["content"][1]["text"]
    assert (body["temperature"], body["top_p"], body["max_tokens"]) == (
        0.5, 0.9, SETTINGS.rollout.max_new_tokens,
    )  # fmt: skip


def run_of(stopped=False):
    settings = dataclasses.replace(
        SETTINGS, rollout=dataclasses.replace(SETTINGS.rollout, eval_batch=2)
    )
    return SimpleNamespace(
        settings=settings, policy=lambda trained: trained, initial_trained=None, processor=None,
        sampler=None, config=None, root_key=jax.random.key(0),
        share=SimpleNamespace(is_stopped=lambda: stopped),
    )  # fmt: skip


@pytest.fixture
def sampled(monkeypatch):
    """(keys, ids) of what was sampled; a completion says its key and place."""
    seen = []

    def sample(sampler, params, processor, config, settings, tasks, chats, key, *, rows, **rest):
        seen.append(([task.task_id.rpartition("/")[2] for task in tasks], len(list(rows))))
        mark = int(jax.random.randint(key, (), 0, 10**6))
        return [
            SimpleNamespace(text=f"{mark} {place}", stop_reason="stop")
            for place in range(len(rows))
        ]

    def fits(task):
        if task.task_id.endswith("bar_2"):
            raise BadRow("prompt is too long", "9 tokens")

    monkeypatch.setattr(answers.stages, "sample_rollouts", sample)
    monkeypatch.setattr(answers.stages, "encode_prompts", lambda *args: [])
    monkeypatch.setattr(answers.checks, "fits", lambda *args: fits)
    return seen


def test_a_policy_samples_in_chunks_and_an_interrupted_one_comes_to_the_same(
    examples, tmp_path, sampled, capsys
):
    with answers.Predictions(tmp_path / "whole", {}) as whole:
        answers.of_policy(run_of(), examples, whole)
    assert sampled == [(["bar_0", "bar_1"], 2), (["bar_4", "bar_4"], 1)]
    assert {row["id"]: row["finish"] for row in rows(whole)} == {
        "bar_0": "stop", "bar_1": "stop", "bar_2": "not asked", "bar_3": "not asked",
        "bar_4": "stop",
    }  # fmt: skip
    said = capsys.readouterr().err
    assert "bar_2: prompt is too long (9 tokens): its answer is empty and scores 0" in said
    with (
        answers.Predictions(tmp_path / "stopped", {}) as stopped,
        pytest.raises(StoppedError),
    ):
        answers.of_policy(run_of(stopped=True), examples, stopped)
    first = stopped.path.read_bytes().split(b"\n")[0]
    stopped.path.write_bytes(first + b"\n" + b'{"id": "bar_1", "pre')  # cut off in the chunk
    with answers.Predictions(tmp_path / "stopped", {}) as stopped:
        answers.of_policy(run_of(), examples, stopped)
    assert rows(stopped) == rows(whole)


def test_answers_that_were_made_otherwise_are_not_mixed_and_damage_is_said(tmp_path):
    with answers.Predictions(tmp_path, {"model": "a", "seed": 0}) as predictions:
        predictions.add("x", "é\n", "stop")
    with pytest.raises(SettingsError, match="model 'a' there, 'b' now"):
        answers.Predictions(tmp_path, {"model": "b", "seed": 0})
    predictions.path.write_text("{}\n")
    with (
        pytest.raises(DamagedFileError, match="a line is damaged"),
        answers.Predictions(tmp_path, {"model": "a", "seed": 0}),
    ):
        pass


def test_a_row_of_the_papers_table_has_an_interval_with_each_mean():
    columns = {
        "Exec": {"mean": 90.04, "low": 88.0, "high": 92.0, "n": 9},
        "Low": {"mean": 50.0, "low": None, "high": None, "n": 1},
        "High": {"mean": None, "low": None, "high": None, "n": 0},
    }
    assert answers.table_row("m", columns).splitlines() == [
        "| model | Exec | Low | High |", "| --- | --- | --- | --- |",
        "| m | 90.0 [88.0, 92.0] | 50.0 | - |",
    ]  # fmt: skip
