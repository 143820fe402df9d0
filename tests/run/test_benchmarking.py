"""The command that answers and scores a benchmark."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from corpus_files import png, program
from local_endpoint import serving

from configs import mini_chart, mini_web
from vsdpo_jax import score
from vsdpo_jax.endpoint.server import EndpointError
from vsdpo_jax.run import benchmarking
from vsdpo_jax.run.settings import SettingsError, from_config

SETTINGS = from_config(mini_chart.get_config())


@pytest.fixture
def corpora(tmp_path):
    folder = tmp_path / "corpora" / "chartmimic" / "direct_600"
    folder.mkdir(parents=True)
    for number in range(2):
        (folder / f"bar_{number}.py").write_text(program(number))
        (folder / f"bar_{number}.png").write_bytes(png(number))
    return tmp_path / "corpora"


def values(corpora, **given):
    defaults = {
        "benchmark": "chartmimic", "data": str(corpora), "part": None, "endpoint": None,
        "model": None, "key": "OPENAI_API_KEY", "in_flight": 4, "rpm": 0.0, "tpm": 0.0,
        "timeout_s": 5.0, "price": None, "budget": None, "score": None,
    }  # fmt: skip
    return SimpleNamespace(**{**defaults, **given})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"benchmark": "x"}, "--benchmark='x' is unknown; known: "),
        ({"data": None}, "give --data, the folder of corpora that holds chartmimic:direct_600"),
        ({"data": "/nowhere"}, "--data=/nowhere: there is no such folder"),
        ({"part": "chartmimic:x"}, "--part='chartmimic:x' is unknown"),
        ({"endpoint": "http://h/v1"}, "--endpoint and --model: give both"),
        ({"endpoint": "h", "model": "m"}, "--endpoint: url = 'h': use one such as"),
        ({"score": '"'}, "--score="),
        ({"price": "1"}, "--price=1: give dollars a million tokens"),
        ({"budget": 2.0}, "--budget=2.0: give the prices too: --price=2.5,10"),
        ({"budget": 0.0, "price": "1,2"}, "--budget=0.0: give US dollars, more than 0"),
        ({"price": "1,2"}, "--price=1,2: the config's policy costs no tokens"),
    ],
)
def test_wrong_flags_are_named(corpora, given, words):
    with pytest.raises(SettingsError) as error:
        benchmarking.asked_for(values(corpora, **given))
    assert words in str(error.value)


def test_answers_are_not_kept_in_a_bucket(corpora, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"--out=gs:/.*: answers .* on a disk; give a folder"):
        benchmarking.evaluate(SETTINGS, Path("gs://b/a"), benchmarking.asked_for(values(corpora)))
    assert not (tmp_path / "gs:").exists()


def test_flags_of_a_benchmark_without_one_are_a_mistake(corpora):
    with pytest.raises(SettingsError, match=r"--data=.*: give --benchmark, too"):
        benchmarking.refuse_without_benchmark(values(corpora))


def asked(corpora, **given):
    return benchmarking.asked_for(values(corpora, **given))


def test_a_config_of_another_language_or_without_place_for_pictures_is_refused(corpora, tmp_path):
    out = tmp_path / "out"
    web = from_config(mini_web.get_config())
    with pytest.raises(
        SettingsError, match="'web': chartmimic:direct_600 wants programs in Python"
    ):
        benchmarking.evaluate(web, out, asked(corpora))
    with pytest.raises(SettingsError, match="images_per_task = 0: an example of chartmimic"):
        benchmarking.evaluate(SETTINGS, out, asked(corpora))
    assert not out.exists()


@pytest.fixture
def scored(monkeypatch):
    """The arguments of vsdpo_jax.score, which scores everything 1 in this process."""
    seen = []

    def run(command, check):
        seen.append(command[3:])
        return SimpleNamespace(returncode=score.main(command[3:]))

    def fake(benchmark, rows, how, machine, on_row, references):
        assert references is not None
        for row in rows:
            axes = {axis: {"f1": 1.0} for axis in benchmark.axes[:-1]}
            on_row(row, {"id": row.name, "status": "ok", **axes, "exec": 1.0})

    monkeypatch.setattr(benchmarking.subprocess, "run", run)
    monkeypatch.setattr(score.scoring, "score", fake)
    return seen


def test_a_model_elsewhere_is_asked_scored_and_gets_its_row(corpora, tmp_path, scored, capsys):
    out = tmp_path / "out"
    with serving(lambda body, number: (500, {}, "") if number < 6 else "x") as server:
        given = asked(corpora, endpoint=server.url, model="m", in_flight=1, score="--cpu_s=9")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(benchmarking.answers.Client, "_wait_s", lambda *args: 0.0)
            assert benchmarking.evaluate(SETTINGS, out, given) == 1
            assert "1 examples got no answer" in capsys.readouterr().err
            assert not scored, "a server's failure is no failure of the model"
            assert benchmarking.evaluate(SETTINGS, out, given) == 0
    (arguments,) = scored
    assert f"--data={corpora}" in arguments
    assert arguments[-1] == "--cpu_s=9"
    assert "| m | 100.0 [100.0, 100.0] |" in (out / "row.md").read_text()
    rows = [json.loads(line) for line in (out / "scores.jsonl").read_text().splitlines()]
    assert sorted(row["id"] for row in rows) == ["bar_0", "bar_1"]
    capsys.readouterr()
    assert benchmarking.evaluate(SETTINGS, out, given) == 0, "what is done is told again"
    assert "| m | 100.0" in capsys.readouterr().out
    assert len(scored) == 1


def test_a_refused_key_ends_it_with_the_reason(corpora, tmp_path):
    with serving(lambda body, number: (401, {}, "")) as server:
        given = asked(corpora, endpoint=server.url, model="m")
        with pytest.raises(EndpointError):
            benchmarking.evaluate(SETTINGS, tmp_path / "out", given)
