import subprocess
import sys

import pytest
from runtime_samples import write_run

from vsdpo_jax.report import main


@pytest.fixture
def runs(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        write_run(tmp_path / name, num_tasks=2, num_steps=1)
    return tmp_path


def test_the_page_is_made_again_without_jax(runs):
    code = (
        "import sys; from vsdpo_jax.report import main; code = main(sys.argv[1:])\n"
        "assert not {'jax', 'transformers'} & set(sys.modules); sys.exit(code)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, f"--workdir={runs / 'first'}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{runs / 'first' / 'report.html'} (0.")
    assert "first: what this run learned" in (runs / "first" / "report.html").read_text()


def test_two_runs_go_where_out_says(runs, capsys):
    arguments = [f"--workdir={runs / 'first'}", f"--compare={runs / 'second'}"]
    assert main([*arguments, f"--out={runs / 'shared'}"]) == 0
    path = runs / "shared" / "compared_with_second.html"
    assert capsys.readouterr().out.startswith(str(path))
    assert path.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--workdir={}/none"], 2, "there is no such folder"),
        (["--workdir={}"], 2, "holds no config.json"),
        (["--workdir={}/first", "--compare={}"], 2, "holds no config.json"),
        (["--workdir={}/first", "--out={}/first/config.json"], 1, "config.json"),
    ],
)
def test_what_is_wrong_is_one_sentence(runs, capsys, arguments, code, said):
    assert main([argument.format(runs) for argument in arguments]) == code
    error = capsys.readouterr().err
    assert error.startswith("report: ")
    assert said in error
    assert error.count("\n") == 1
