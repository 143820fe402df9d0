"""Whatever a document says to type is typed here, or checked by the parser of what it calls.

A command that nobody can check, as it is new or misspelt, fails. Blocks that need a shell are run
by one; Python blocks are executed, the README's with the mini model (tests/rollout/test_model.py).
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from document_commands import FLAGGED, UnknownCommand, check, completed
from documents import (
    BENCHMARKS,
    CONFIGS,
    DOCUMENTS,
    ROOT,
    SHELL,
    blocks_of,
    commands_of,
    docstring_commands,
    inline_commands,
    is_whole,
    words_of,
)

from vsdpo_jax import corpus, explain, report, score
from vsdpo_jax.domains.base import find_domains, load_domain
from vsdpo_jax.lab import gate, pretrain
from vsdpo_jax.run import benchmarking

# ml_collections reads a config file that way.
pytestmark = pytest.mark.filterwarnings("ignore:the load_module:DeprecationWarning")

BLOCKS = [block for path in DOCUMENTS for block in blocks_of(path)]
SIMPLE, SHELLED = [], []
for block in BLOCKS:
    if block.language == SHELL:
        parsed = [words_of(command) for command in commands_of(block.text)]
        (SHELLED if None in parsed else SIMPLE).append(block)
LANGUAGES = {SHELL, "text", "python", "json", "mermaid"}


def test_every_block_says_what_it_is_and_commands_are_called_commands():
    assert [b.name for b in BLOCKS if b.language not in LANGUAGES] == []
    hidden = [b.name for b in BLOCKS if b.language != SHELL and b.looks_like_commands]
    assert hidden == [], f"tag these {SHELL}, so that they are tested"
    assert len(SIMPLE) > 10


@pytest.mark.parametrize("block", SIMPLE, ids=lambda block: block.name)
def test_commands_of_a_block(block):
    for command in commands_of(block.text):
        words = words_of(command)
        assert words
        check(words)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_in_running_text(path):
    for command in inline_commands(path):
        words = words_of(command)
        assert words, command
        check(completed(words))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_commands_of_a_config(path):
    text = importlib.import_module(f"configs.{path.stem}").__doc__ or ""
    commands = docstring_commands(text)
    assert any(f"--config=configs/{path.stem}.py" in command for command in commands) or (
        path.stem == "methods"
    )
    for command in commands:
        check(words_of(command) or [])
    for options in re.findall(r"^\w[\w ]+?\s\s+((?:--devices\S+)(?:\s+--\S+)+)", text, re.M):
        flags = options.split()
        check(["python", "-m", "vsdpo_jax.plan", f"--config=configs/{path.stem}.py", *words(flags)])
        own = [flag for flag in words(flags) if flag.startswith("--config.")]
        given = [f"--config=configs/{path.stem}.py", "--workdir=runs/x", *own]
        check(["python", "-m", "vsdpo_jax.train", *given])


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_commands_of_a_benchmark(path):
    commands = docstring_commands(ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "")
    assert any(f"python benchmarks/{path.name}" in command for command in commands)
    for command in commands:
        check(words(re.sub(r"[\[\]]", "", command).split()))  # what is between them may be left out


def words(flags: list[str]) -> list[str]:
    found = words_of(" ".join(flags))
    assert found
    return found


def helps() -> dict[str, str]:
    """What --help teaches, by command."""
    found = {}
    for name in FLAGGED:
        module = importlib.import_module(f"vsdpo_jax.{name}")
        made = {"corpus": corpus.examples, "evaluate": benchmarking.examples}
        found[name] = (module.__doc__ or "") + (made[name]() if name in made else "")
    for name, parser in (
        ("explain", explain._parser()), ("score", score._parser()), ("report", report._parser()),
        ("lab.gate", gate.parser()), ("lab.pretrain", pretrain.parser()),
    ):  # fmt: skip
        found[name] = parser.format_help()
    return found


HELPS = helps()


@pytest.mark.parametrize("name", HELPS)
def test_help_teaches_with_an_example_that_works(name):
    examples = docstring_commands(HELPS[name])
    assert any(f"vsdpo_jax.{name} --" in example for example in examples)
    for example in examples:
        check(words_of(example) or [])


def test_help_shows_the_examples_that_are_made_when_it_is_asked_for():
    shown = run([sys.executable, "-m", "vsdpo_jax.corpus", "--help"], ROOT)
    assert corpus.examples() in shown.stdout
    assert "names those that are left out" in shown.stdout


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("make demos", "no target demos"),
        ("python -m vsdpo_jax.trian --config=configs/mini_chart.py", "no vsdpo_jax.trian"),
        ("python -m vsdpo_jax.train --config=configs/mini_chart.py --workdr=x", "workdr"),
        ("python -m vsdpo_jax.train --config=configs/mini_chart.py", "workdir"),
        ("python -m vsdpo_jax.train --config=configs/mini_cart.py --workdir=x", "mini_cart"),
        ("python -m vsdpo_jax.train --config=configs/mini_chart.py:grop --workdir=x", "grop"),
        ("python -m vsdpo_jax.plan --config=configs/mini_chart.py --config.train.stps=1", "stps"),
        ("python -m vsdpo_jax.plan --config=configs/mini_chart.py --config.seed=-1", "seed"),
        ("python -m vsdpo_jax.evaluate --config=configs/mini_chart.py --out=x y", "takes no"),
        ("python -m vsdpo_jax.corpus --corpus=chart2code_160k:dirct", "dirct"),
        ("python -m vsdpo_jax.export --checkpoint=a --out=b --dtype=float8", ""),
        ("python -m vsdpo_jax.explain --domain=chart --out=o page.html", "--domain=web"),
        ("python -m vsdpo_jax.explain --domain=chrt --out=o program.py", "chrt"),
        ("python -m vsdpo_jax.score --benchmark=chartmimik --predictions=p --out=o", "chartmimik"),
        ("python benchmarks/score.py --pears=1", ""),
        ("python benchmarks/head.py comparison", ""),
        ("pip install 'vsdpo_jax[corpra]'", "corpra"),
        ("cp launch/tpu/.env.example launch/tpu_vm/.env", "launch/tpu/"),
        ("launch/tpu_vm/run.sh crate", "no crate"),
        ("launch/tpu_vm/run.sh train -- --config.sed=1", "sed"),
        ("frobnicate now", "how to check it"),
    ],
)
def test_a_command_that_would_be_refused_is_found(command, message):
    parsed = words_of(command)
    assert parsed
    with pytest.raises((Exception, SystemExit), match=None if not message else message):
        check(parsed)


def test_commands_are_cut_as_the_shell_cuts_them():
    text = "a 'b\nc' \\\n  d   # e\n\n# f\npython - <<'END'\nprint(1)\nEND\ng | h > i\n"
    first, second, third = commands_of(text)
    assert words_of(first) == ["a", "b\nc", "d"]
    assert (words_of(second), words_of(third)) == (None, None)
    assert not is_whole("a \\\n")
    assert docstring_commands(
        "x\n    python -m vsdpo_jax.plan --a=1 \\\n        --b=2\n\nthat --c"
    )[0].split() == ["python", "-m", "vsdpo_jax.plan", "--a=1", "--b=2"]
    with pytest.raises(UnknownCommand):
        check(["frobnicate"])


def run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder in which ``python`` is ours and tests/ is the repository's."""
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    return tmp_path


@pytest.mark.slow  # scores two pairs
@pytest.mark.parametrize("block", SHELLED, ids=lambda block: block.name)
def test_a_block_that_needs_a_shell_is_run(block, place):
    path = f"{place / 'bin'}:{os.environ['PATH']}"
    done = run(["bash", "-euc", block.text], place, PATH=path, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    (scored,) = [path for path in place.glob("*scores.jsonl") if path.suffix == ".jsonl"]
    (row,) = [json.loads(line) for line in scored.read_text("utf-8").splitlines()]
    assert row["status"] == "ok"


def test_the_readme_explains_a_program(tmp_path, monkeypatch, capsys):
    (command,) = [
        command
        for block in blocks_of(ROOT / "README.md")
        if block.language == SHELL
        for command in commands_of(block.text)
        if "vsdpo_jax.explain" in command
    ]
    monkeypatch.chdir(tmp_path)
    Path("docs").symlink_to(ROOT / "docs")
    words = words_of(command)
    assert words
    assert explain.main(words[3:]) == 0
    assert {path.name for path in Path("out/revenue").iterdir()} == {
        "diagnosis.json", "render.png", "annotated.png",
    }  # fmt: skip
    said = capsys.readouterr().out
    assert said in [block.text for block in blocks_of(ROOT / "README.md")]


@pytest.mark.parametrize(
    "block",
    [b for b in BLOCKS if b.language == "python" and b.path.stem not in ("README", "domains")],
    ids=lambda block: block.name,
)
def test_python_of_the_documents_runs(block, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "domains"))
    exec(compile(block.text, block.name, "exec"), {"__name__": "document"})


def test_schemas_of_what_is_asked_are_those_of_the_domains():
    """Each JSON block is a task's ``asked``, with the choices of a word joined by "|"."""
    shown = [json.loads(block.text) for block in BLOCKS if block.language == "json"]
    assert len(shown) == len(find_domains())
    for asked in shown:
        accepted = []
        for name in find_domains():
            try:
                load_domain(name).check_asked(first_choice(asked))
                accepted.append(name)
            except ValueError:
                continue
        assert len(accepted) == 1, asked


def first_choice(value: object) -> object:
    if isinstance(value, dict):
        return {key: first_choice(item) for key, item in value.items()}
    if isinstance(value, list):
        return [first_choice(item) for item in value]
    return value.split("|")[0] if isinstance(value, str) else value


def templates() -> list[str]:
    """Every text of the source, with "…" where it varies."""
    found = []
    for path in (ROOT / "vsdpo_jax").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (v.value if isinstance(v, ast.Constant) else "…" for v in node.values)
                found.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return [" ".join(text.split()) for text in found]


def test_messages_of_the_faq_are_those_of_the_code():
    faq = (ROOT / "docs" / "faq.md").read_text("utf-8")
    messages = re.findall(r"\*\*`([^`]+)`\*\*", faq)
    assert len(messages) > 15
    source = templates()

    def is_said(message: str) -> bool:
        # A variable part may be longer than the one of the source, and take in its neighbours.
        pattern = re.compile(".*".join(re.escape(part) for part in message.split("…")))
        return any(pattern.search(text) for text in source)

    assert [message for message in messages if not is_said(message)] == []
    assert not is_said("the teacher had nothing to eat in … updates")


def test_code_of_the_worked_domain_is_its_files():
    domain = (ROOT / "tests" / "domains" / "fakes" / "svg" / "domain.py").read_text("utf-8")
    shown = [b for b in blocks_of(ROOT / "docs" / "domains.md") if b.language == "python"]
    assert len(shown) == 5
    assert [block.name for block in shown if block.text not in domain] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_and_functions_that_a_document_names_exist(path):
    text = path.read_text("utf-8")
    folders = "tests|vsdpo_jax|configs|docs|benchmarks|notebooks"
    files = re.findall(rf"(?<![\w/])((?:{folders})/[\w./-]*\w\.(?:py|md|json|txt|sh))\b", text)
    assert [file for file in files if not (ROOT / file).exists()] == []
    for file, name in re.findall(r"`([\w/]+\.py): (\w+)`", text):
        source = (ROOT / "vsdpo_jax" / file).read_text("utf-8")
        assert re.search(rf"^(?:def|class) {name}\b", source, re.MULTILINE), (file, name)


def test_the_figure_of_the_data_is_drawn_by_its_script():
    figure = runpy.run_path(str(ROOT / "docs" / "figures" / "dataflow.py"))["draw"]()
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert sorted(text[0] for text in texts if re.match(r"\d ", text)) == list("12334567")
