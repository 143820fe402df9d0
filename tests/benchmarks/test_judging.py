"""The judge's axis, with pools that draw what they are told and a real server."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import pytest
from local_endpoint import serving
from PIL import Image

from vsdpo_jax.benchmarks import judging, scoring
from vsdpo_jax.benchmarks.base import Column, JudgedAxis, Request, Scoring, load_benchmark, read
from vsdpo_jax.benchmarks.predictions import Row
from vsdpo_jax.domains.base import Artifact
from vsdpo_jax.domains.rubric import without_picture
from vsdpo_jax.endpoint.cache import Cache
from vsdpo_jax.endpoint.chat import Chat, Message
from vsdpo_jax.endpoint.client import Client
from vsdpo_jax.endpoint.server import Endpoint
from vsdpo_jax.endpoint.tally import Price
from vsdpo_jax.sandbox import Limits


def png(text):
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), (len(text), 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def question(reference, candidate):
    turn = Message(role="user", parts=("which?", reference, candidate))
    return Chat(messages=(turn,), max_tokens=5)


HIGH = JudgedAxis(
    name="high",
    columns=(Column(name="High", value=lambda axes: axes["high"]),),
    picture=lambda text, name, is_candidate: Request(room="room", source=text),
    question=question,
    score=lambda text: int(text) / 100 if text.isdigit() else None,
)
BENCHMARK = replace(
    load_benchmark("aeslides"), judged=HIGH, rooms=lambda how: {"room": {}}, name="plain"
)


class FakePool:
    """Draws a text as a picture of its length; "white" is blank, "none" raises."""

    def __init__(self, room, **setup):
        assert setup["interpreter"] is None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def map(self, jobs, on_done):
        for index, job in enumerate(jobs):
            if job.source == "none":
                failed = Artifact(status="program_error", error="Error: no")
                on_done(index, without_picture(failed))
            else:
                picture = base64.b64encode(png(job.source)).decode()
                reading = {"picture": picture, "is_blank": job.source == "white"}
                on_done(index, read(Artifact(status="ok"), reading))


@pytest.fixture(autouse=True)
def pools(monkeypatch):
    monkeypatch.setattr(scoring, "RenderPool", FakePool)


def judged(server, *rows, cache=None, is_dry=False):
    """Results of (status, answer, reference), and the panel."""
    endpoint = Endpoint(model="m", url=server.url, backoff_s=0.01, attempts=2)
    panel = judging.Panel(
        client=Client(endpoint, cache), price=Price(question=1e6, answer=0.0), is_dry=is_dry
    )
    results = [{"id": str(i), "status": status} for i, (status, _, _) in enumerate(rows)]
    given = [
        Row(number=i, name=str(i), answer=answer, reference=reference)
        for i, (_, answer, reference) in enumerate(rows)
    ]
    panel.judge(
        BENCHMARK, given, results, Scoring(edition="x"), scoring.Machine(limits=Limits(),
        interpreter="/other/python"),
    )  # fmt: skip
    return results, panel


def test_a_row_gets_the_score_of_its_pair_and_what_has_no_picture_scores_0():
    seen = []

    def reply(body, number):
        urls = [part["image_url"]["url"] for part in body["messages"][0]["content"][1:]]
        seen.append(tuple(urls))
        return "80" if urls[0] == urls[1] else "30"

    with serving(reply) as server:
        results, panel = judged(
            server, ("ok", "aa", "bb"), ("ok", "aaa", "b"), ("program_error", "a", "b"),
            ("missing", None, "b"), ("infra", "a", "b"), ("ok", "white", "b"),
        )  # fmt: skip
    assert [row["high"] for row in results] == [0.8, 0.3, 0.0, 0.0, None, 0.0]
    assert len(seen) == 2
    wanted = tuple(
        f"data:image/png;base64,{base64.b64encode(png(t)).decode()}" for t in ("b", "aaa")
    )
    assert wanted in seen, "the reference comes first"
    assert panel.report().startswith("judge m: 2 questions: 2 answered")
    assert panel.report().endswith("$20.0000")
    assert panel.figures()["dollars"] == 20.0
    assert panel.name().startswith("served-1 at http://127.0.0.1:")


def test_a_judge_that_does_not_answer_masks_the_row():
    with serving(lambda body, number: (500, {}, "down")) as server:
        results, panel = judged(server, ("ok", "a", "b"))
    assert results[0]["high"] is None
    assert "the judge: the server answers 500: down" in results[0]["null_because"]["high"]
    assert judging.is_unanswered(results[0], BENCHMARK)
    assert panel.figures()["unanswered"] == {"the server answers 500: down": 1}


def test_an_answer_without_a_score_masks_the_row_and_is_not_kept(tmp_path):
    with serving(lambda body, number: "very good") as server:
        results, _ = judged(server, ("ok", "a", "b"), cache=Cache(tmp_path))
        assert results[0]["high"] is None
        assert "'very good'" in results[0]["null_because"]["high"]
        server.reply = lambda body, number: "70"
        results, _ = judged(server, ("ok", "a", "b"), cache=Cache(tmp_path))
        assert results[0]["high"] == 0.7
        results, panel = judged(server, ("ok", "a", "b"), cache=Cache(tmp_path))
        assert (results[0]["high"], panel.client.tally.cached) == (0.7, 1)


@pytest.mark.parametrize(("answer", "reference"), [("none", "b"), ("a", "none")])
def test_a_picture_that_cannot_be_drawn_for_the_judge_masks_the_row(answer, reference):
    with serving(lambda body, number: "70") as server:
        results, _ = judged(server, ("ok", answer, reference))
    assert results[0]["high"] is None
    assert "cannot be drawn for the judge: program_error" in results[0]["null_because"]["high"]
    assert server.requests == []


def test_a_dry_run_counts_and_sends_nothing(tmp_path):
    with serving(lambda body, number: "70") as server:
        judged(server, ("ok", "a", "b"), cache=Cache(tmp_path))
        rows = [("ok", "a", "b"), ("ok", "aa", "b"), ("no_program", "", "b")]
        _, panel = judged(server, *rows, cache=Cache(tmp_path), is_dry=True)
    assert len(server.requests) == 1
    assert "would send 1 questions (1 are known from before): about 512 tokens" in panel.report()


def test_columns_of_the_judge_join_and_a_benchmark_without_one_says_so():
    more = judging.with_judge(BENCHMARK)
    assert more.axes[-1] == "high"
    assert [column.name for column in more.columns][-1] == "High"
    with pytest.raises(ValueError, match="plain has no axis that a judge scores"):
        judging.with_judge(replace(BENCHMARK, judged=None))
