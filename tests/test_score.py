"""The scoring command as people use it: one run, wrong arguments, interruption, a full disk."""

from __future__ import annotations

import base64
import errno
import json
import subprocess
import sys

import pytest
from local_endpoint import serving

from vsdpo_jax import score
from vsdpo_jax.benchmarks.base import find_benchmarks

BAR = (
    "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2], color='red')\nplt.title('Tea')\n"
)
REFERENCE = f"{BAR}plt.savefig('x.pdf')\n"


PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


def fenced(program):
    return f"Here it is:\n```python\n{program}```\n"


@pytest.fixture
def predictions(tmp_path):
    rows = [
        {"id": "bar_1", "prediction": fenced(BAR), "reference": REFERENCE},
        {"id": "bar_2", "prediction": "no code", "reference": REFERENCE},
        {"id": "bar_3", "prediction": fenced(BAR.replace("Tea", "Rye")), "reference": REFERENCE},
    ]
    path = tmp_path / "p.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def command(predictions, *more):
    out = predictions.with_name("out.jsonl")
    return ["--benchmark=chartmimic", f"--predictions={predictions}", f"--out={out}", *more], out


def test_a_file_is_scored_from_the_command_line(predictions):
    arguments, out = command(predictions, "--workers=1")
    result = subprocess.run(
        [sys.executable, "-m", "vsdpo_jax.score", *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["id"], row["status"], row["exec"]) for row in rows] == [
        ("bar_1", "ok", 1.0), ("bar_2", "no_program", 0.0), ("bar_3", "ok", 1.0),
    ]  # fmt: skip
    assert [row["text"]["f1"] for row in rows] == [1.0, 0.0, 0.0]
    assert rows[0]["color"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert "means over n = 3 examples\n" in result.stdout
    assert "1 without code" in result.stdout
    figures = json.loads(out.with_name("out.jsonl.summary.json").read_text())
    assert figures["columns"]["Exec"]["mean"] == pytest.approx(200 / 3)
    assert figures["protocol"]["versions"]["matplotlib"]
    assert sorted(path.name for path in out.parent.iterdir()) == [
        "out.jsonl", "out.jsonl.summary.json", "p.jsonl",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--benchmark=nothing"], "--benchmark='nothing' is unknown; known: "),
        (["--edition=x"], "--edition='x' is unknown; chartmimic has code_pass, no_filter"),
        (["--data=nowhere"], "--data=nowhere: there is no such folder"),
        (["--data=."], "holds no <id>.py, so it is not the benchmark"),
        (["--cpu_s=0"], "--cpu_s=0: limits: cpu_s must be positive"),
        (["--workers=0"], "--workers=0: at least 1"),
        (["--chart_python=/none/python"], "--chart_python=/none/python: there is no such exec"),
        (["--weights=/none"], "--weights=/none: there is no such folder"),
        (["--predictions=none.jsonl"], "none.jsonl: there is no such file"),
        (
            ["--option=collision_px=1"],
            "unknown option 'collision_px'; benchmark 'chartmimic' has no",
        ),
        (
            ["--benchmark=aeslides", "--option=collision_share=2"],
            "2.0 must be 0 to 1 (share of the",
        ),
        (["--benchmark=aeslides", "--option=collision_share"], "'' is no float"),
        (["--judge_dry_run"], "--judge_dry_run: name the judge, too"),
        (["--judge=m", "--judge_url=nowhere"], "--judge_...: url = 'nowhere': use one such as"),
        (["--judge=m", "--judge_key=sk-1"], "--judge_...: key_variable: name the variable"),
        (["--judge=m", "--judge_price=1"], "--judge_price=1: give dollars a million tokens"),
        (["--judge=m", "--judge_budget=3"], "--judge_budget=3.0: give the prices too: --judge_pri"),
        (["--judge=m", "--judge_price=1,2", "--judge_budget=0"], "--judge_budget=0.0: give US dol"),
        (["--benchmark=aeslides", "--judge=m"], "aeslides has no axis that a judge scores"),
    ],
)
def test_wrong_arguments_end_before_anything_is_run(predictions, monkeypatch, capsys, more, words):
    monkeypatch.setattr(score.scoring, "score", lambda *a: pytest.fail("something was run"))
    monkeypatch.chdir(predictions.parent)
    arguments, out = command(predictions, *more)
    assert score.main(arguments) == 2
    assert words in capsys.readouterr().err
    assert not out.exists()
    assert not out.with_name("out.jsonl.part").exists()


def fake(
    benchmark, rows, how, machine, on_row, references, fail_after=None, error=None, status="ok"
):
    for number, row in enumerate(rows):
        if number == fail_after:
            raise error
        axes = {axis: {"f1": 1.0} for axis in benchmark.axes[:-1]}
        on_row(row, {"id": row.name, "status": status, **axes, "exec": 1.0})


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "interrupted; the same command goes on"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "no room to write"),
        (OSError(errno.EIO, "broken"), 1, "broken"),
        (RuntimeError("render workers died"), 1, "render workers died"),
    ],
    ids=["interrupt", "disk", "other", "workers"],
)
def test_what_is_done_is_kept_and_gone_on_from(
    predictions, monkeypatch, capsys, error, code, words
):
    arguments, out = command(predictions)
    monkeypatch.setattr(score.scoring, "score", lambda *a: fake(*a, fail_after=2, error=error))
    assert score.main(arguments) == code
    assert words in capsys.readouterr().err
    assert not out.exists()
    seen = []
    monkeypatch.setattr(
        score.scoring, "score", lambda b, rows, *a: (seen.extend(rows), fake(b, rows, *a))
    )
    assert score.main(arguments) == 0
    assert "resumed: 2 rows are done" in capsys.readouterr().err
    assert [row.name for row in seen] == ["bar_3"]
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == [
        "bar_1", "bar_2", "bar_3",
    ]  # fmt: skip
    assert score.main(arguments) == 2
    assert "is there already, and whole" in capsys.readouterr().err


def test_rows_that_the_machine_failed_are_null_and_tried_again(predictions, monkeypatch, capsys):
    arguments, out = command(predictions)
    monkeypatch.setattr(score.scoring, "score", lambda *a: fake(*a, status="infra"))
    assert score.main(arguments) == 1
    said = capsys.readouterr()
    assert "the same command tries them again" in said.err
    assert "NOT the benchmark's figure" in said.out
    monkeypatch.setattr(score.scoring, "score", fake)
    assert score.main(arguments) == 0
    assert {json.loads(line)["status"] for line in out.read_text().splitlines()} == {"ok"}


def test_a_judge_joins_the_result_and_what_it_does_not_answer_is_null_and_asked_again(
    predictions, monkeypatch, capsys
):
    def draw(axis, pairs, pools):
        for pair in pairs:
            pair.pictures = {False: PIXEL, True: PIXEL + pair.row.name.encode()}
        return pairs

    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-key")
    monkeypatch.setattr(score.scoring, "score", fake)
    monkeypatch.setattr(score.judging, "_draw", draw)
    with serving(lambda body, number: "Score: 60") as server:
        arguments, out = command(
            predictions, "--judge=m", f"--judge_url={server.url}", "--judge_in_flight=1"
        )
        assert score.main([*arguments, "--judge_dry_run"]) == 0
        assert "judge m: would send 3 questions" in capsys.readouterr().out
        assert not server.requests
        assert not out.exists(), "a dry run leaves no result"
        server.reply = lambda body, number: (400, {}, "sk-secret-key") if number else "Score: 60"
        assert score.main(arguments) == 1
        said = capsys.readouterr()
        assert "2 rows could not be scored for want of the judge's answer" in said.err
        assert "High over 1" in said.out
        server.reply = lambda body, number: "Score: 60"
        assert score.main(arguments) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["high"] for row in rows] == [0.6, 0.6, 0.6]
    assert f"judge served-1 at {server.url}" in capsys.readouterr().out
    kept = [path for path in out.parent.rglob("*") if path.is_file()]
    assert not any("secret" in path.read_text() for path in kept)


def test_a_judge_that_refuses_the_key_ends_the_command_and_keeps_what_is_scored(
    predictions, monkeypatch, capsys
):
    monkeypatch.setattr(score.scoring, "score", fake)
    monkeypatch.setattr(score.judging, "_draw", lambda axis, pairs, pools: [])
    arguments, out = command(predictions, "--judge=m")

    def refuse(*args, **options):
        raise score.EndpointError("it refuses the key in OPENAI_API_KEY")

    monkeypatch.setattr(score.Client, "ask_all", refuse)
    assert score.main(arguments) == 1
    assert "refuses the key in OPENAI_API_KEY; the same command goes" in capsys.readouterr().err
    assert len(out.with_name("out.jsonl.part").read_text().splitlines()) == 4


@pytest.fixture
def corpora(tmp_path):
    """ChartMimic with one example more than there are predictions, and AeSlides' prompts."""
    folder = tmp_path / "corpora" / "chartmimic" / "direct_600"
    folder.mkdir(parents=True)
    for number in range(1, 5):
        (folder / f"bar_{number}.py").write_text(REFERENCE)
        (folder / f"bar_{number}.png").write_bytes(PIXEL)
    prompts = tmp_path / "corpora" / "aeslides" / "prompts.jsonl"
    prompts.parent.mkdir()
    rows = [{"id": f"bar_{n}", "deck_id": f"deck {n}", "prompt": "A slide"} for n in range(40)]
    prompts.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path / "corpora"


@pytest.mark.parametrize("inner", ["", "chartmimic", "chartmimic/direct_600"])
def test_a_folder_of_corpora_says_what_is_scored(predictions, corpora, monkeypatch, inner):
    monkeypatch.setattr(score.scoring, "score", fake)
    arguments, out = command(predictions, f"--data={corpora / inner}")
    assert score.main(arguments) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["id"] for row in rows] == ["bar_1", "bar_2", "bar_3", "bar_4"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--part=chartmimic:all"], "--part='chartmimic:all' is unknown; chartmimic has"),
        (["--part=chartmimic:direct_1800"], "no folder direct_1800 there"),
        (["--benchmark=aeslides"], "id 'bar_1' is unknown: --data holds"),
        (["--benchmark=design2code"], "or name the folder that holds design2code or"),
    ],
)
def test_corpora_that_are_not_the_benchmark_are_refused(
    predictions, corpora, monkeypatch, capsys, more, words
):
    monkeypatch.setattr(score.scoring, "score", lambda *a: pytest.fail("something was run"))
    arguments, _ = command(predictions, f"--data={corpora}", *more)
    assert score.main(arguments) == 2
    assert words in capsys.readouterr().err


def test_every_benchmark_is_found_by_its_folder():
    assert "chartmimic" in find_benchmarks()
