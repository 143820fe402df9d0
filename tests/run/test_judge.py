"""The vision model as judge of r_vis, behind a real server on this machine."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
from local_endpoint import serving
from PIL import Image

from configs import base
from vsdpo_jax.endpoint.budget import Budget, BudgetSpent
from vsdpo_jax.endpoint.client import Client
from vsdpo_jax.endpoint.server import Endpoint, EndpointError
from vsdpo_jax.endpoint.tally import Price
from vsdpo_jax.records import Diagnosis, Judged, Render, Rollout, Task
from vsdpo_jax.run import opening
from vsdpo_jax.run.judge import Account, VisualJudge
from vsdpo_jax.run.rehearsal import rehearsed
from vsdpo_jax.run.settings import SettingsError, from_config
from vsdpo_jax.runtime.files import DamagedFileError
from vsdpo_jax.runtime.hosts import ALONE


def judged(shade=100, r_vis=0.25, **diagnosis):
    image = None if shade is None else np.full((4, 6, 3), shade, np.uint8)
    status = "program_error" if shade is None else "ok"
    given = {"r_exec": 0.0 if shade is None else 1.0, "r_vis": r_vis, **diagnosis}
    return Judged(
        render=Render(status=status, image_YXC=image),
        diagnosis=Diagnosis(rubric={}, scores={}, defects=(), feedback="", **given),
    )


def rollout(group_id):
    return Rollout(
        task_id="t", group_id=group_id, sample_id=0, policy_version=0,
        tokens_T=np.zeros(0, np.int32), logp_T=np.zeros(0, np.float32),
        offsets_T2=np.zeros((0, 2), np.int32), text="", stop_reason="stop",
    )  # fmt: skip


def judge_of(server, weight=1.0, **options):
    given = {"model": "m", "url": server.url, "backoff_s": 0.01, "attempts": 2, **options}
    return VisualJudge(Client(Endpoint(**given)), weight)


TASK = Task(task_id="t", domain="toy", brief="a {blue} box")


def test_its_score_takes_its_share_of_r_vis_and_no_picture_is_shown_that_is_not_there():
    with serving(lambda body, number: "Too pale.\nScore: 75") as server:
        judge = judge_of(server, weight=0.5)
        found = judge.judge(
            [TASK], [rollout(0)] * 4,
            [judged(), judged(None, r_vis=0.0), judged(masked=True), judged(r_exec=0.0)],
        )  # fmt: skip
    assert [result.diagnosis.r_vis for result in found] == [0.5, 0.0, 0.25, 0.25]
    assert [result.diagnosis.masked for result in found] == [False, False, True, False]
    assert found[1].diagnosis.reward == 0.0
    assert len(server.requests) == 1
    assert judge.counts()["judge/answered"] == 1.0
    assert judge.counts()["judge/question_tokens"] == 10.0


def test_it_reads_the_brief_and_sees_what_the_student_saw_before_what_was_drawn(tmp_path):
    seen = tmp_path / "seen.png"
    Image.new("RGB", (3, 3), "blue").save(seen)
    other = Task(task_id="u", domain="toy", brief="the same again", images=(str(seen),))
    with serving(lambda body, number: "Score: 1") as server:
        judge_of(server).judge([TASK, other], [rollout(1)], [judged(7)])
    text, first, last = server.requests[0][1]["messages"][0]["content"]
    assert "the same again" in text["text"]
    assert "what it had to go by comes first" in text["text"]
    assert base64.b64decode(first["image_url"]["url"].split(",")[1]) == seen.read_bytes()
    with Image.open(io.BytesIO(base64.b64decode(last["image_url"]["url"].split(",")[1]))) as image:
        assert image.getpixel((0, 0)) == (7, 7, 7)


@pytest.mark.parametrize("reply", [(500, {}, "down"), "fine, I think", "close"])
def test_what_it_does_not_answer_is_masked_and_said_and_never_0(reply, capsys):
    with serving(lambda body, number: reply) as server:
        (found,) = judge_of(server).judge([TASK], [rollout(0)], [judged()])
    assert found.diagnosis.masked
    assert found.diagnosis.r_vis == 0.25
    assert "1 of 1 pictures got no score from the judge and are masked: " in capsys.readouterr().err


def test_a_key_that_is_refused_ends_the_run_instead_of_masking_everything():
    with serving(lambda body, number: (401, {}, "")) as server, pytest.raises(EndpointError):
        judge_of(server).judge([TASK], [rollout(0)], [judged()])


CENT = Price(question=1e4, answer=1e4)
"""A token costs a cent: an answer of the server, 10 + 5 tokens, is $.15."""


def paid_judge(server, dollars=0.0):
    budget = Budget(price=CENT, dollars=dollars, setting="config.judge.budget") if dollars else None
    endpoint = Endpoint(model="m", url=server.url, in_flight=1)
    return VisualJudge(Client(endpoint, budget=budget), 1.0, CENT, budget)


def test_what_it_costs_is_told_and_goes_on_over_sessions(tmp_path):
    path = tmp_path / "judge.json"
    with serving(lambda body, number: "Score: 75") as server:
        for session in (1, 2):
            judge = paid_judge(server)
            judge.open_account(path, ALONE)
            judge.judge([TASK], [rollout(0)] * 2, [judged(9 * session), judged(7)])
            counts = judge.counts()
            assert counts["judge/requests"] == counts["judge/answered"] == 2.0 * session
            assert counts["judge/dollars"] == pytest.approx(0.3 * session)
    assert counts["judge/bytes"] == sum(len(json.dumps(r[1]).encode()) for r in server.requests)
    assert judge.report().endswith("$0.3000; $0.6000 in the whole run")
    path.write_text('{"judge/dollars": "much"}')
    with pytest.raises(DamagedFileError, match=r"judge\.json: holds no counts; delete it"):
        Account(path, ALONE)


def test_before_its_budget_is_passed_the_run_is_told_to_end_and_nothing_is_asked(tmp_path):
    path = tmp_path / "judge.json"
    with serving(lambda body, number: "Score: 75") as server:
        judge = paid_judge(server, dollars=40.0)  # a picture may cost $9: 512 tokens of an answer
        judge.open_account(path, ALONE)
        assert not judge.is_spent()
        judge.judge([TASK], [rollout(0)], [judged(1)])
        assert not judge.is_spent()
        path.write_text('{"judge/dollars": 39.9}')
        judge.open_account(path, ALONE)
        assert judge.is_spent()
        with pytest.raises(BudgetSpent, match=r"config.judge.budget = 40: \$39.9000 earlier and"):
            judge.judge([TASK], [rollout(0)], [judged(2)])
    assert len(server.requests) == 1
    assert json.loads(path.read_text())["judge/dollars"] == pytest.approx(39.9 + 0.15)


def test_an_account_adds_up_what_all_processes_have_asked(tmp_path):
    class Two:
        is_first, count = True, 2

        def broadcast(self, what, data):
            return data

        def collect(self, what, data):
            return [data, json.dumps({"judge/requests": 4.0}).encode()]

    account = Account(tmp_path / "judge.json", Two())
    account.note({"judge/requests": 1.0})
    account.note({"judge/requests": 2.0}, alone=True)
    assert Account(tmp_path / "judge.json", Two()).before == {"judge/requests": 6.0}


def config(**leaves):
    c = base.get_config()
    for name, value in leaves.items():
        c.judge[name] = value
    return from_config(c)


def test_it_is_off_by_default_and_in_a_dry_run(tmp_path, monkeypatch):
    assert opening.open_judge(config()) is None
    chosen = config(model="m", cache=str(tmp_path / "answers"), weight=0.5)
    assert opening.open_judge(chosen) is not None
    monkeypatch.setattr("vsdpo_jax.run.rehearsal.seeing_model", lambda domain, folder: folder)
    assert opening.open_judge(rehearsed(chosen, tmp_path)) is None


@pytest.mark.parametrize(
    ("leaf", "value", "words"),
    [
        ("url", "nowhere", "config.judge.url = 'nowhere': use one such as"),
        ("key_variable", "sk-1", "config.judge.key_variable: name the variable"),
        ("weight", 0.0, "config.judge.weight = 0.0: use a number above 0"),
        ("weight", 1.5, "config.judge.weight = 1.5: use a share"),
        ("in_flight", 0, "config.judge.in_flight = 0"),
        ("requests_per_minute", -1.0, "config.judge.requests_per_minute = -1.0"),
        ("tokens_per_minute", -1.0, "config.judge.tokens_per_minute = -1.0"),
        ("timeout_s", 0.0, "config.judge.timeout_s = 0.0"),
        ("question_price", -1.0, "config.judge.question_price = -1.0"),
        ("answer_price", -1.0, "config.judge.answer_price = -1.0"),
        ("budget", 5.0, "config.judge.budget = 5.0: give the prices too"),
        ("budget", -5.0, "config.judge.budget = -5.0"),
    ],
)
def test_wrong_settings_are_named(leaf, value, words):
    with pytest.raises(SettingsError) as error:
        opening.open_judge(config(model="m", **{leaf: value}))
    assert words in str(error.value)
