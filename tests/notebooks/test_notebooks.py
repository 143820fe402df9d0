"""The notebooks: pairs agree, outputs are stored, and every one runs from its first cell on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from stand_in import make_stand_in

import vsdpo_jax

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
SOURCES = sorted(FOLDER.glob("[0-9]*.py"))
MOST_LINES = 80
MOST_BYTES = 1 << 20
MACHINE = re.compile(
    r"(?<![\w.])/(?:home|root|Users|tmp|work|opt|usr|var|content)/\w+|site-packages"
)
WITHOUT = [sys.executable, str(ROOT / "tests" / "without_layers.py")]


def name_of(path: Path) -> str:
    return path.stem


def stored(source: Path) -> nbformat.NotebookNode:
    return nbformat.read(source.with_suffix(".ipynb"), as_version=4)


def code_of(source: Path) -> list[str]:
    """The code cells of the .py."""
    return [cell.source for cell in jupytext.read(source).cells if cell.cell_type == "code"]


def text_of(source: Path) -> str:
    """All that people read in the stored outputs; errors too."""
    parts = []
    for cell in stored(source).cells:
        for output in cell.get("outputs", ()):
            parts += [output.get("text", ""), *output.get("traceback", ())]
            shown = output.get("data", {})
            parts += [shown.get("text/plain", ""), shown.get("text/html", "")]
    return "\n".join(parts)


def test_there_are_five():
    assert [name_of(path)[:2] for path in SOURCES] == ["00", "01", "02", "03", "04"]
    assert [path.with_suffix(".ipynb") for path in SOURCES] == sorted(FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_pair_says_the_same(source):
    edited, made = jupytext.read(source).cells, stored(source).cells
    assert [(cell.cell_type, cell.source) for cell in edited] == [
        (cell.cell_type, cell.source) for cell in made
    ], "make notebooks writes the .ipynb again"


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_notebook_is_short(source):
    lines = [line for cell in code_of(source) for line in cell.splitlines()]
    counted = [line for line in lines if line.strip() and not line.strip().startswith("#")]
    assert len(counted) <= MOST_LINES
    assert not re.search(r"^\s*(def|class) ", "\n".join(lines), re.MULTILINE), "a helper hides"


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_the_head_has_a_badge_a_promise_and_one_pip_line(source):
    setup = (ROOT / "setup.py").read_text("utf-8")
    url = re.search(r'^URL = "(\S+)"', setup, re.MULTILINE)[1]
    assert url in (ROOT / "README.md").read_text("utf-8")
    head = jupytext.read(source).cells[0].source
    repository = url.removeprefix("https://github.com/")
    badge = f"https://colab.research.google.com/github/{repository}/blob/main/notebooks/"
    assert f"({badge}{source.stem}.ipynb)" in head
    assert re.search(r"\d minutes? on 2 cores", head), "says how long it takes"
    assert re.search(r"\d(\.\d)? GB", head), "says how much memory it takes"
    text = "\n".join(code_of(source))
    (line,) = [line for line in text.splitlines() if '"pip"' in line]
    assert f"git+{url}@v{vsdpo_jax.__version__}" in line  # a release, not whatever main is today
    assert "machine.describe()" in code_of(source)[0]
    assert not re.search(r"login|token=|@main|@master", text)


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_outputs_are_stored_and_name_no_machine(source):
    cells = [cell for cell in stored(source).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == [*range(1, len(cells) + 1)]
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert [output for output in outputs if "image/png" in output.get("data", {})]
    text = text_of(source)
    assert "Python 3.1" in text
    assert MACHINE.findall(text) == []
    assert source.with_suffix(".ipynb").stat().st_size <= MOST_BYTES


def run(source: Path, folder: Path, *before: str, **variables: str) -> str:
    """What a notebook prints that is run from its first cell to its last, in a fresh process."""
    cache = ROOT / ".pytest_cache" / "notebooks"
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "VSDPO_NOTEBOOK_SMALL": "1",
        "JAX_COMPILATION_CACHE_DIR": str(cache), "JAX_PLATFORMS": "cpu", **variables,
    }  # fmt: skip
    result = subprocess.run(
        [*before, sys.executable, str(source)], cwd=folder, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-4000:]
    return result.stdout


def missed(source: Path, said: str) -> list[str]:
    """Lines of the stored outputs, but for the machine's own, that this code does not say."""
    printed = [
        line
        for cell in stored(source).cells
        for output in cell.get("outputs", ())
        if output.get("name") == "stdout"
        for line in output.text.splitlines()
    ]
    assert len(printed) > 10
    return [line for line in printed if line not in said and not line.startswith("Python 3.")]


def source_of(number: str) -> Path:
    return next(path for path in SOURCES if path.stem.startswith(number))


@pytest.mark.notebook
@pytest.mark.timeout(600)
def test_00_one_step_by_hand(tmp_path):
    said = run(source_of("00"), tmp_path)
    assert "Feedback on an earlier program" in said
    assert "weighted KL" in said
    assert (tmp_path / "runs" / "by_hand" / "step_00000.jsonl").exists()


@pytest.mark.notebook
@pytest.mark.timeout(600)
def test_01_from_pixel_to_token(tmp_path):
    said = run(source_of("01"), tmp_path)
    for domain in ("chart", "web", "slide"):
        assert f"{domain}: every layer holds" in said
    assert "fontsize=4" in said
    assert missed(source_of("01"), said) == [], "make notebooks stores the outputs again"


@pytest.mark.notebook
def test_04_look_at_your_own_predictions(tmp_path):
    said = run(source_of("04"), tmp_path)
    assert "4 of 4 programs judged" in said
    assert re.search(r"^good +ok +1\.00", said, re.MULTILINE)
    assert re.search(r"^broken +program_error +0\.00", said, re.MULTILINE)
    assert missed(source_of("04"), said) == [], "make notebooks stores the outputs again"


@pytest.mark.slow
def test_04_runs_nobodys_programs_where_a_layer_is_missing(tmp_path):
    said = run(source_of("04"), tmp_path, *WITHOUT, "landlock")
    assert "(Landlock: Function not implemented)" in said
    assert "0 of 4 programs judged" in said


@pytest.mark.notebook
@pytest.mark.timeout(1800)
def test_02_train_the_mini_policy(tmp_path):
    said = run(source_of("02"), tmp_path)
    assert "update 2: reward" in said
    (report,) = tmp_path.glob("runs/*/report.html")
    assert str(report.relative_to(tmp_path)) in said


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_03_finetune_qwen3_vl_2b_on_a_tiny_random_checkpoint_that_sees(tmp_path):
    folder = make_stand_in(tmp_path / "tiny")
    said = run(source_of("03"), tmp_path, VSDPO_NOTEBOOK_CHECKPOINT=str(folder))
    assert "weights of adapters" in said
    assert "model.safetensors" in said


@pytest.mark.notebook
@pytest.mark.timeout(1800)
def test_03_goes_on_with_the_mini_policy_without_an_accelerator(tmp_path):
    said = run(source_of("03"), tmp_path)
    assert "No accelerator with the room" in said
    assert "2.145 B parameters" in said
    assert "model.safetensors" in said


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", ["00", "02"])
def test_the_mini_policy_goes_on_behind_what_is_left_of_the_layers(tmp_path, number):
    said = run(source_of(number), tmp_path, *WITHOUT, "landlock,namespaces")
    assert "(Landlock: Function not implemented)" in said


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_01_goes_on_where_no_layer_is_left(tmp_path):
    said = run(source_of("01"), tmp_path, *WITHOUT, "landlock,seccomp,namespaces")
    assert said.count("Landlock: Function not implemented") == 2
    assert "web: Chromium finds no way to confine pages here" in said
