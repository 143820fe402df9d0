"""The explain command on good, flawed, failing and hostile programs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vsdpo_jax import explain

KEYS = {
    "status", "stdout", "stderr", "rubric", "scores", "reward", "unseen", "defects", "statements",
}  # fmt: skip

TINY = """import matplotlib.pyplot as plt
print("drawing")
fig, ax = plt.subplots()
ax.plot([1, 2, 3], [2, 1, 3], color="navy")
ax.set_title("Tea", fontsize=5)
plt.show()
"""
PROGRAMS = {
    "tiny": TINY,
    "good": TINY.replace(", fontsize=5", ""),
    "wrong": "import matplotlib.pyplot as plt\nplt.plott([1, 2])\n",
    "unparsed": "import matplotlib.pyplot as plt\nplt.plot([1, 2]\n",
    "empty": "",
    "long": "#" * (1 << 20),
}


def run(out: Path, *arguments: object) -> int:
    # Trusted programs: the test must run where the kernel lacks a sandbox layer, too.
    return explain.main(
        ["--domain=chart", f"--out={out}", "--unsafe", *(str(argument) for argument in arguments)]
    )


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All programs in one run; the folder of the results."""
    base = tmp_path_factory.mktemp("explain")
    for name, source in PROGRAMS.items():
        (base / f"{name}.py").write_text(source, "utf-8")
    (base / "binary.py").write_bytes(bytes(range(256)) * 20)
    (base / "latin.py").write_bytes(
        b"# -*- coding: latin-1 -*-\n" + TINY.replace("Tea", "Caf\xe9").encode("latin-1")
    )
    paths = [base / f"{name}.py" for name in (*PROGRAMS, "binary", "latin")]
    assert run(base / "out", *paths) == 0
    return base / "out"


def diagnosis(out: Path, name: str) -> dict:
    return json.loads((out / name / "diagnosis.json").read_text("ascii"))


def test_a_flawed_program(explained):
    found = diagnosis(explained, "tiny")
    assert set(found) == KEYS
    assert found["status"] == "ok"
    assert found["stdout"] == "drawing\n"
    assert found["rubric"]["tiny"] is False
    assert found["scores"]["tiny"] == pytest.approx(5 / 6.9, abs=1e-4)
    assert found["reward"] == pytest.approx(7 / 8)
    (defect,) = found["defects"]
    assert set(defect) == {"axis", "kind", "region", "severity", "message", "spans"}
    assert (defect["axis"], defect["kind"], defect["severity"]) == ("tiny", "text_tiny", 1)
    statement = max(found["statements"], key=lambda s: s["responsibility"])
    assert set(statement) == {"span", "lines", "regions", "responsibility", "weight"}
    assert TINY[slice(*statement["span"])] == 'ax.set_title("Tea", fontsize=5)'
    assert statement["lines"] == [5, 5]
    assert statement["weight"] == pytest.approx(4.0)
    assert defect["region"] in statement["regions"]


def test_the_pictures(explained):
    render = np.asarray(Image.open(explained / "tiny" / "render.png"))
    assert render.shape == (480, 640, 3)
    assert (render != 255).any()
    annotated = np.asarray(Image.open(explained / "tiny" / "annotated.png"))
    assert annotated.shape[0] >= 480
    assert annotated.shape[1] > 640
    assert sorted(p.name for p in (explained / "tiny").iterdir()) == [
        "annotated.png",
        "diagnosis.json",
        "render.png",
    ]


def test_a_good_program(explained):
    found = diagnosis(explained, "good")
    assert found["defects"] == []
    assert found["reward"] == pytest.approx(1.0)
    assert {s["weight"] for s in found["statements"]} == {1.0}


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("wrong", "program_error", "line 2"),
        ("unparsed", "program_error", "SyntaxError"),
        ("empty", "no_artifact", ""),
        ("binary", "program_error", ""),
        ("long", "limit", ""),
    ],
)
def test_programs_without_a_picture(explained, name, status, words):
    found = diagnosis(explained, name)
    assert set(found) == KEYS
    assert found["status"] == status
    assert words in found["stderr"]
    assert found["stderr"]
    assert (found["rubric"], found["reward"], found["defects"]) == ({}, 0.0, [])
    assert [p.name for p in (explained / name).iterdir()] == ["diagnosis.json"]


def test_declared_encodings_are_read(explained):
    found = diagnosis(explained, "latin")
    assert found["status"] == "ok"
    assert found["rubric"]["tiny"] is False


DECEIVER = (
    r'raise SystemError("\x1b[2J\x1b]0;mine\x07\rOK: reward 1.00, 9 of 9 axes satisfied\u202e")'
)
PAINTER = TINY.replace('"Tea"', r'"Tea\x1b[2J\u202e"')


def test_what_programs_say_reaches_no_terminal_as_it_is(tmp_path, capsys):
    for name, source in {"deceiver": DECEIVER, "painter": PAINTER}.items():
        (tmp_path / f"{name}.py").write_text(source)
        assert run(tmp_path / "out", tmp_path / f"{name}.py") == 0
    said = capsys.readouterr()
    assert all(line.isprintable() for line in (said.out + said.err).splitlines())
    (line,) = [line for line in said.out.splitlines() if "OK: reward" in line]
    assert line.startswith(f'{tmp_path}/deceiver.py: program_error, no picture: "')
    assert line.endswith('axes satisfied\\u202e"')
    assert r"\x1b[2J\x1b]0;mine\x07\rOK: reward" in line


def test_a_second_run_replaces_the_first(tmp_path, capsys):
    program = tmp_path / "a.py"
    program.write_text(TINY)
    assert run(tmp_path / "out", program) == 0
    said = capsys.readouterr().out
    assert "line 5" in said
    assert "7 of 8 axes" in said
    program.write_text("x = 1 +\n")
    asked = tmp_path / "asked.json"
    asked.write_text('{"title": "Tea"}')
    assert run(tmp_path / "out", program, f"--asked={asked}", "--alpha=10") == 0
    assert [p.name for p in (tmp_path / "out" / "a").iterdir()] == ["diagnosis.json"]
    assert "no picture" in capsys.readouterr().out


def test_content_and_reference(tmp_path):
    program = tmp_path / "a.py"
    program.write_text(TINY)
    asked = tmp_path / "asked.json"
    asked.write_text('{"title": "Coffee", "kind": "line"}')
    reference = tmp_path / "reference.py"
    reference.write_text(TINY)
    out = tmp_path / "out"
    assert run(out, program, f"--asked={asked}", f"--reference={reference}") == 0
    rubric = diagnosis(out, "a")["rubric"]
    assert rubric["content"] is False
    assert rubric["ref_visual"] is True


def test_a_reference_that_draws_nothing(tmp_path, capsys):
    (tmp_path / "a.py").write_text(TINY)
    (tmp_path / "r.py").write_text("1 / 0")
    assert run(tmp_path / "out", tmp_path / "a.py", f"--reference={tmp_path / 'r.py'}") == 2
    assert "draws nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.py"], "there is no file"),
        (["folder"], "is a folder"),
        (["a.py", "folder/a.py"], "would both be written"),
        (["a.py", "a.py"], "would both be written"),
        (["a.py", "--alpha=0.5"], "at least 1"),
        (["a.py", "--asked=bad.json"], "--asked="),
        (["a.py", "--asked=typo.json"], "unknown key 'titel'"),
        (["a.py", "--reference=nothing.py"], "there is no file"),
    ],
)
def test_wrong_arguments_stop_before_any_work(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for name in ("a.py", "folder/a.py"):
        (tmp_path / name).write_text(TINY)
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "typo.json").write_text('{"titel": "x"}')
    assert run(Path("out"), *arguments) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_is_a_file(tmp_path, capsys):
    (tmp_path / "a.py").write_text(TINY)
    (tmp_path / "out").write_text("")
    assert run(tmp_path / "out", tmp_path / "a.py") == 2
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_output_folder_without_permission(tmp_path, capsys):
    (tmp_path / "a.py").write_text(TINY)
    (tmp_path / "out").mkdir(mode=0o500)
    assert run(tmp_path / "out", tmp_path / "a.py") == 2
    assert "cannot write" in capsys.readouterr().err


def test_unknown_domains_are_refused(tmp_path, capsys):
    assert explain.main(["--domain=wbe", f"--out={tmp_path}", "a.py"]) == 2
    assert "'wbe' is unknown; known: 'chart'" in capsys.readouterr().err
