"""How commands end: mistakes of a user in one sentence and with exit code 2, ours with a trace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vsdpo_jax.run import command
from vsdpo_jax.runtime.hosts import HostsError
from vsdpo_jax.runtime.stop import StoppedError

ROOT = Path(__file__).parents[2]
MINI = "--config=configs/mini_chart.py"


def run(*arguments: str, module: str = "plan") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"vsdpo_jax.{module}", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config=configs/nope.py"], "--config=configs/nope.py: [Errno 2] No such file"),
        (["--config=configs"], "--config=configs: "),
        ([MINI, "--config.foo=1"], "--config.foo=1: there is no setting 'foo'"),
        ([MINI, "--config.model.foo=1"], "--config.model.foo=1: there is no setting 'foo'"),
        ([MINI, "--config.train.num_stepz=3"], "did you mean 'num_steps'? configs/base.py lists"),
        ([MINI, "--config.rubric.weights.clpi=2"], "setting 'clpi'; did you mean 'clip'?"),
        ([MINI, "--config.seed=abc"], "flag --config.seed=abc: "),
        ([f"{MINI}:grp0"], f"{MINI}:grp0: method 'grp0' is unknown; use one of visual_sdpo"),
        ([MINI, "--nope"], "Unknown command line flag 'nope'"),
        ([MINI, "--devices=abc"], "flag --devices=abc: "),
        ([MINI, "--devices=0"], "--devices is 1 or more"),
        ([MINI, "--hbm_gib=nan"], "--hbm_gib above 0"),
        ([], "give --config="),
    ],
)
def test_mistakes_on_the_command_line_are_said_in_a_sentence(arguments, message):
    result = run(*arguments)
    assert result.returncode == 2, result.stderr
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert "\\" not in result.stderr


@pytest.mark.parametrize(
    ("module", "flag"),
    [("train", "--workdir="), ("evaluate", "--out="), ("export", "--checkpoint=")],
)
def test_every_command_says_what_it_needs(module, flag):
    result = run(module=module)
    assert result.returncode == 2
    assert result.stderr.startswith("error: give --")
    assert flag in result.stderr


def test_a_mistake_in_the_code_of_a_config_keeps_its_trace(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def get_config():\n    return None.nothing\n")
    result = run(f"--config={file}")
    assert result.returncode not in (0, 2)
    assert "None.nothing" in result.stderr


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (StoppedError("stopped after step 3 of 5, which is saved"), 75, "stopped after step 3"),
        (HostsError("no hosts"), 2, "error: no hosts"),
        (KeyboardInterrupt(), 130, "interrupted; the same command goes on"),
    ],
)
def test_how_commands_end(capsys, error, code, said):
    def main(argv):
        raise error

    with pytest.raises(SystemExit) as ended:
        command.guard(main, [])
    assert ended.value.code == code
    assert capsys.readouterr().err.startswith(said)


def test_errors_of_ours_keep_their_trace_and_end_one_of_several_processes(monkeypatch, capsys):
    def main(argv):
        raise ZeroDivisionError("ours")

    with pytest.raises(ZeroDivisionError):
        command.guard(main, [])
    monkeypatch.setattr(command.jax.distributed, "is_initialized", lambda: True)

    def end(code):
        raise SystemExit(f"at once, {code}")

    monkeypatch.setattr(command.os, "_exit", end)
    with pytest.raises(SystemExit, match="at once, 1"):
        command.guard(main, [])
    assert "ZeroDivisionError: ours" in capsys.readouterr().err
