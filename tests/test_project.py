"""The project's own promises: sizes, mirrors, commands, packaging, set-up."""

from __future__ import annotations

import ast
import fnmatch
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "vsdpo_jax"
MAX_LINES = 500
CODE = sorted(
    path
    for folder in ("vsdpo_jax", "tests", "configs", "benchmarks", "launch")
    for path in (ROOT / folder).rglob("*.py")
)
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "launch").rglob("*.md")]
)
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")

# Module -> the test that covers it, where a mirror of its own would test parts that mean nothing
# alone: the two ends of a protocol, the layers of a sandbox, the pieces of one pass.
COVERED_BY = {
    "benchmarks/design2code/benchmark.py": "benchmarks/design2code/test_design2code_scores.py",
    "benchmarks/design2code/domain.py": "benchmarks/design2code/test_design2code_scores.py",
    "benchmarks/design2code/looks.py": "benchmarks/design2code/test_design2code_scores.py",
    "benchmarks/design2code/picture.py": "benchmarks/design2code/test_design2code_scores.py",
    "benchmarks/aeslides/benchmark.py": "benchmarks/aeslides/test_aeslides_scores.py",
    "benchmarks/aeslides/deck/domain.py": "benchmarks/aeslides/test_aeslides_scores.py",
    "benchmarks/aeslides/page/domain.py": "benchmarks/aeslides/test_aeslides_scores.py",
    "benchmarks/base.py": "benchmarks/test_scoring.py",
    "benchmarks/chartmimic/benchmark.py": "benchmarks/chartmimic/test_chartmimic_golden.py",
    "benchmarks/chartmimic/child/calls.py": "benchmarks/chartmimic/test_chartmimic_golden.py",
    "benchmarks/chartmimic/child/colors.py": "benchmarks/chartmimic/test_chartmimic_golden.py",
    "benchmarks/chartmimic/child/compat.py": "benchmarks/chartmimic/test_chartmimic_golden.py",
    "benchmarks/chartmimic/child/recorder.py": "benchmarks/chartmimic/test_chartmimic_golden.py",
    "benchmarks/chartmimic/child/texts.py": "benchmarks/chartmimic/test_chartmimic_golden.py",
    "benchmarks/chartmimic/domain.py": "benchmarks/chartmimic/test_chartmimic_golden.py",
    "benchmarks/pickled.py": "benchmarks/test_predictions.py",
    "core/divergence.py": "core/test_head_modes.py",
    "corpus.py": "test_corpus_command.py",
    "credit/statements.py": "credit/test_python.py",
    "data/corpora/base.py": "data/corpora/test_corpora_read.py",
    "data/corpora/decks.py": "data/corpora/test_corpora_read.py",
    "data/corpora/pages.py": "data/corpora/test_corpora_read.py",
    "data/corpora/plots.py": "data/corpora/test_corpora_read.py",
    "data/errors.py": "data/test_stream.py",
    "data/verdicts.py": "data/test_audit.py",
    "endpoint/arguments.py": "test_score.py",
    "endpoint/tally.py": "endpoint/test_client.py",
    "benchmarks/chartmimic/picture/domain.py": "benchmarks/chartmimic/test_chartmimic_high.py",
    "benchmarks/chartmimic/picture/child/recorder.py": (
        "benchmarks/chartmimic/test_chartmimic_high.py"
    ),
    "domains/asked.py": "domains/web/judge/test_web_asked.py",
    "domains/bounds.py": "domains/test_pool.py",
    "domains/boxes.py": "domains/web/judge/test_web_detectors.py",
    "domains/chart/child/axis_notes.py": "domains/chart/child/test_attribution.py",
    "domains/chart/child/canvases.py": "domains/chart/child/test_saving.py",
    "domains/chart/child/defaults.py": "domains/chart/child/test_setters.py",
    "domains/chart/child/long_lines.py": "domains/chart/child/test_saving.py",
    "domains/chart/child/movies.py": "domains/chart/child/test_saving.py",
    "domains/chart/child/recording.py": "domains/chart/child/test_recorder.py",
    "domains/chart/child/telling.py": "domains/chart/child/test_recorder.py",
    "domains/chart/child/tripwire.py": "domains/chart/child/test_recorder.py",
    "domains/chart/child/writers.py": "domains/chart/child/test_saving.py",
    "domains/chart/domain.py": "domains/test_base.py",
    "domains/chart/drawlist/checks.py": "domains/chart/drawlist/test_drawlist.py",
    "domains/chart/drawlist/codec.py": "domains/chart/drawlist/test_drawlist.py",
    "domains/chart/drawlist/fields.py": "domains/chart/drawlist/test_drawlist.py",
    "domains/chart/drawlist/fonts.py": "domains/chart/paint/test_raster.py",
    "domains/chart/drawlist/records.py": "domains/chart/drawlist/test_drawlist.py",
    "domains/chart/drawlist/wire.py": "domains/chart/drawlist/test_drawlist.py",
    "domains/chart/judge/content/pairing.py": "domains/chart/judge/content/test_check.py",
    "domains/chart/judge/content/seeing.py": "domains/chart/judge/content/test_values.py",
    "domains/chart/judge/detectors.py": "domains/chart/judge/test_detectors_layout.py",
    "domains/chart/judge/rubric.py": "domains/chart/judge/test_diagnose.py",
    "domains/chart/judge/sight.py": "domains/chart/judge/test_detectors_empty.py",
    "domains/chart/lab/tasks.py": "domains/chart/lab/test_lab_tasks.py",
    "domains/chart/paint/glyphs.py": "domains/chart/paint/test_raster.py",
    "domains/chart/paint/measure.py": "domains/chart/paint/test_raster.py",
    "domains/chart/paint/outlines.py": "domains/chart/paint/test_raster.py",
    "domains/chart/paint/replay.py": "domains/chart/paint/test_raster.py",
    "domains/chart/paint/scene.py": "domains/chart/paint/test_raster.py",
    "domains/chart/paint/work.py": "domains/chart/child/test_recorder.py",
    "domains/colors.py": "domains/web/page/test_look.py",
    "domains/debian.py": "domains/web/browser/test_install.py",
    "domains/fields.py": "domains/web/page/test_codec.py",
    "domains/lab.py": "domains/chart/lab/test_programs.py",
    "domains/ledger.py": "domains/web/judge/test_web_content.py",
    "domains/slide/child/follow.py": "domains/slide/child/test_notes.py",
    "domains/slide/child/kinds.py": "domains/slide/child/test_notes.py",
    "domains/slide/child/notebook.py": "domains/slide/child/test_notes.py",
    "domains/slide/child/recorder.py": "domains/slide/child/test_deck_recorder.py",
    "domains/slide/child/saving.py": "domains/slide/child/test_deck_recorder.py",
    "domains/slide/child/spans.py": "domains/slide/child/test_notes.py",
    "domains/slide/child/tree.py": "domains/slide/child/test_notes.py",
    "domains/slide/deck/notes.py": "domains/slide/child/test_notes.py",
    "domains/slide/deck/records.py": "domains/slide/deck/test_slide_codec.py",
    "domains/slide/deck/xml_checks.py": "domains/slide/deck/test_archive.py",
    "domains/slide/domain.py": "domains/test_base.py",
    "domains/slide/judge/content/asked.py": "domains/slide/judge/test_slide_content.py",
    "domains/slide/judge/content/axes.py": "domains/slide/judge/test_slide_content.py",
    "domains/slide/judge/content/charts.py": "domains/slide/judge/test_slide_content.py",
    "domains/slide/judge/content/check.py": "domains/slide/judge/test_slide_content.py",
    "domains/slide/judge/content/extras.py": "domains/slide/judge/test_slide_content.py",
    "domains/slide/judge/content/images.py": "domains/slide/judge/test_slide_content.py",
    "domains/slide/judge/content/labels.py": "domains/slide/judge/test_slide_labels.py",
    "domains/slide/judge/content/legible.py": "domains/slide/judge/test_slide_content.py",
    "domains/slide/judge/content/marks.py": "domains/slide/judge/test_slide_marks.py",
    "domains/slide/judge/content/numerals.py": "domains/slide/judge/test_slide_content.py",
    "domains/slide/judge/content/reading.py": "domains/slide/judge/test_slide_content.py",
    "domains/slide/judge/content/roles.py": "domains/slide/judge/test_slide_content.py",
    "domains/slide/judge/content/scales.py": "domains/slide/judge/test_slide_scales.py",
    "domains/slide/judge/content/surplus.py": "domains/slide/judge/test_slide_surplus.py",
    "domains/slide/judge/content/tables.py": "domains/slide/judge/test_slide_content.py",
    "domains/slide/judge/detectors.py": "domains/slide/judge/test_slide_diagnose.py",
    "domains/slide/judge/detectors_collision.py": "domains/slide/judge/test_slide_collision.py",
    "domains/slide/judge/detectors_frame.py": "domains/slide/judge/test_slide_frame.py",
    "domains/slide/judge/detectors_layout.py": "domains/slide/judge/test_slide_layout.py",
    "domains/slide/judge/detectors_text.py": "domains/slide/judge/test_slide_text.py",
    "domains/slide/judge/faults.py": "domains/slide/judge/test_slide_text.py",
    "domains/slide/judge/parts.py": "domains/slide/judge/test_slide_collision.py",
    "domains/slide/judge/rubric.py": "domains/slide/judge/test_slide_diagnose.py",
    "domains/slide/judge/view.py": "domains/slide/judge/test_slide_collision.py",
    "domains/slide/lab/faults.py": "domains/slide/lab/test_slide_programs.py",
    "domains/slide/lab/genres.py": "domains/slide/lab/test_slide_programs.py",
    "domains/slide/lab/pieces.py": "domains/slide/lab/test_slide_programs.py",
    "domains/slide/lab/scene.py": "domains/slide/lab/test_slide_programs.py",
    "domains/slide/lab/sight.py": "domains/slide/lab/test_slide_predict.py",
    "domains/slide/render/charts.py": "domains/slide/render/test_slide_reading.py",
    "domains/slide/render/covers.py": "domains/slide/render/test_slide_evidence.py",
    "domains/slide/render/display.py": "domains/slide/render/test_slide_reading.py",
    "domains/slide/render/fast.py": "domains/slide/render/test_slide_reading.py",
    "domains/slide/render/geometry.py": "domains/slide/render/test_slide_reading.py",
    "domains/slide/render/inherit.py": "domains/slide/render/test_slide_reading.py",
    "domains/slide/render/ink.py": "domains/slide/render/test_slide_evidence.py",
    "domains/slide/render/install.py": "domains/slide/render/test_slide_fonts.py",
    "domains/slide/render/prepare.py": "domains/slide/render/test_slide_reading.py",
    "domains/slide/render/printed.py": "domains/slide/render/test_slide_office.py",
    "domains/slide/render/rejoin.py": "domains/slide/render/test_slide_office.py",
    "domains/slide/render/server.py": "domains/slide/render/test_slide_painter.py",
    "domains/slide/render/shapes.py": "domains/slide/render/test_slide_reading.py",
    "domains/slide/render/source.py": "domains/slide/render/test_slide_reading.py",
    "domains/slide/render/texts.py": "domains/slide/render/test_slide_reading.py",
    "domains/web/browser/keeper.py": "domains/web/browser/test_renderer.py",
    "domains/web/browser/launch.py": "domains/web/browser/test_contain.py",
    "domains/web/browser/picture.py": "domains/web/browser/test_session.py",
    "domains/web/domain.py": "domains/test_base.py",
    "domains/web/judge/blame.py": "domains/web/judge/test_web_detectors.py",
    "domains/web/judge/content/asked.py": "domains/web/judge/test_web_asked.py",
    "domains/web/judge/content/axes.py": "domains/web/judge/test_web_content.py",
    "domains/web/judge/content/check.py": "domains/web/judge/test_web_content.py",
    "domains/web/judge/content/extras.py": "domains/web/judge/test_web_content.py",
    "domains/web/judge/content/fields.py": "domains/web/judge/test_web_content.py",
    "domains/web/judge/content/images.py": "domains/web/judge/test_web_content.py",
    "domains/web/judge/content/legible.py": "domains/web/judge/test_web_content.py",
    "domains/web/judge/content/roles.py": "domains/web/judge/test_web_content.py",
    "domains/web/judge/content/stream.py": "domains/web/judge/test_web_content.py",
    "domains/web/judge/content/tables.py": "domains/web/judge/test_web_content.py",
    "domains/web/judge/controls.py": "domains/web/judge/test_web_detectors.py",
    "domains/web/judge/detectors_clip.py": "domains/web/judge/test_web_detectors.py",
    "domains/web/judge/detectors_images.py": "domains/web/judge/test_web_detectors.py",
    "domains/web/judge/detectors_layout.py": "domains/web/judge/test_web_detectors.py",
    "domains/web/judge/detectors_overlap.py": "domains/web/judge/test_web_detectors.py",
    "domains/web/judge/detectors_text.py": "domains/web/judge/test_web_detectors.py",
    "domains/web/judge/looks.py": "domains/web/judge/test_web_diagnose.py",
    "domains/web/judge/ratios.py": "domains/web/judge/test_web_blocks.py",
    "domains/web/judge/rubric.py": "domains/web/judge/test_web_detectors.py",
    "domains/web/judge/view.py": "domains/web/judge/test_web_detectors.py",
    "domains/web/lab/genres.py": "domains/web/lab/test_web_programs.py",
    "domains/web/lab/genres_bands.py": "domains/web/lab/test_web_programs.py",
    "domains/web/lab/genres_boxes.py": "domains/web/lab/test_web_programs.py",
    "domains/web/lab/pieces.py": "domains/web/lab/test_web_programs.py",
    "domains/web/page/elements.py": "domains/web/page/test_look.py",
    "domains/web/page/evidence.py": "domains/web/page/test_page_evidence.py",
    "domains/web/page/records.py": "domains/web/page/test_look.py",
    "domains/web/page/things.py": "domains/web/page/test_page_evidence.py",
    "domains/web/source/body.py": "domains/web/source/test_html.py",
    "domains/web/source/construction.py": "domains/web/source/test_html.py",
    "domains/web/source/css_tokens.py": "domains/web/source/test_css.py",
    "domains/web/source/encoding.py": "domains/web/source/test_source_in_browser.py",
    "domains/web/source/excerpt.py": "domains/web/source/test_css.py",
    "domains/web/source/instrument.py": "domains/web/source/test_html.py",
    "domains/web/source/language.py": "domains/web/source/test_html_language.py",
    "domains/web/source/modes.py": "domains/web/source/test_html.py",
    "domains/web/source/names.py": "domains/web/source/test_html.py",
    "domains/web/source/stack.py": "domains/web/source/test_html.py",
    "domains/web/source/tables.py": "domains/web/source/test_html.py",
    "domains/web/source/tokens.py": "domains/web/source/test_html.py",
    "domains/slots.py": "domains/web/lab/test_web_programs.py",
    "domains/remote.py": "data/corpora/test_corpora_read.py",
    "domains/words.py": "domains/web/judge/test_web_content.py",
    "domains/worker.py": "domains/test_pool.py",
    "evaluate.py": "test_train.py",
    "lab/domains.py": "lab/test_pretrain.py",
    "models/clip/tower.py": "models/test_clip.py",
    "models/clip/weights.py": "models/test_clip.py",
    "models/qwen3_vl/attention.py": "models/test_attention.py",
    "models/qwen3_vl/blockwise.py": "models/test_blockwise.py",
    "models/qwen3_vl/config.py": "models/test_config.py",
    "models/qwen3_vl/experts.py": "models/test_experts.py",
    "models/qwen3_vl/geometry.py": "models/test_vision_geometry.py",
    "models/qwen3_vl/hub.py": "models/test_weights.py",
    "models/qwen3_vl/lora.py": "models/test_lora.py",
    "models/qwen3_vl/mismatch.py": "models/test_mismatch.py",
    "models/qwen3_vl/mrope.py": "models/test_mrope.py",
    "models/qwen3_vl/names.py": "models/test_weights.py",
    "models/qwen3_vl/partition.py": "models/test_experts.py",
    "models/qwen3_vl/sizes.py": "models/test_sizes.py",
    "models/qwen3_vl/text.py": "models/test_qwen3_vl.py",
    "models/qwen3_vl/vision.py": "models/test_vision.py",
    "models/qwen3_vl/weights.py": "models/test_weights.py",
    "models/qwen3_vl/writing.py": "models/test_writing.py",
    "records.py": "runtime/test_episodes.py",
    "run/bounds.py": "run/test_settings.py",
    "run/doubts.py": "run/test_settings.py",
    "run/opening.py": "test_train.py",
    "runtime/orbax_files.py": "runtime/test_checkpoint.py",
    "runtime/machine.py": "run/test_checks.py",
    "sandbox/child.py": "sandbox/test_attacks.py",
    "sandbox/forkserver.py": "sandbox/test_supervisor.py",
    "sandbox/launch.py": "sandbox/test_supervisor.py",
    "sandbox/layers.py": "sandbox/test_attacks.py",
    "sandbox/plain.py": "sandbox/test_attacks.py",
    "sandbox/result.py": "sandbox/test_supervisor.py",
    "sandbox/selftest.py": "sandbox/test_supervisor.py",
    "sandbox/syscalls.py": "sandbox/test_filters.py",
    "sandbox/watch.py": "sandbox/test_supervisor.py",
    "sandbox/zygote.py": "sandbox/test_supervisor.py",
    "testing/tiny.py": "core/test_step.py",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_longer_than_its_reader_can_hold():
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in CODE}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def mirrors_of(module: Path) -> list[Path]:
    """Where the tests of a module may stand; domains have modules of the same names."""
    names = [module.name]
    if module.parts[0] in ("domains", "benchmarks"):
        names.append(f"{module.parts[1]}_{module.name}")
    return [module.parent / f"test_{name}" for name in names]


def test_every_module_has_a_test():
    modules = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    }
    mirrored = {
        module
        for module in modules
        if any((ROOT / "tests" / name).exists() for name in mirrors_of(Path(module)))
    }
    assert modules - mirrored - COVERED_BY.keys() == set(), "write a mirror, or say what covers it"
    assert COVERED_BY.keys() - modules == set(), "these modules are gone"
    assert COVERED_BY.keys() & mirrored == set(), "these have a mirror of their own by now"
    assert {test for test in COVERED_BY.values() if not (ROOT / "tests" / test).exists()} == set()


def test_names_of_test_files_do_not_collide():
    """Test folders without __init__.py share one space of module names."""
    seen: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        is_package = (path.parent / "__init__.py").exists()
        if path.name not in ("conftest.py", "__init__.py") and not is_package:
            seen.setdefault(path.stem, []).append(name_of(path))
    collected = {name: paths for name, paths in seen.items() if len(paths) > 1}
    assert not {name for name in collected if name.startswith("test_")}, collected


def test_no_path_of_somebodys_machine():
    # Absolute paths that name a user's or a build machine's folder; attacks in tests/sandbox and
    # the folders that a sandbox has to know are about such paths.
    pattern = re.compile(r"(?<![\w.<~*}-])/(?:home|Users)/[a-z]\w*/|(?<![\w.<~*}-])/work/\w+")
    texts = [*CODE, *DOCUMENTS, ROOT / "Makefile", ROOT / "setup.py", ROOT / "pyproject.toml"]
    found = {
        name_of(path): pattern.findall(path.read_text("utf-8"))
        for path in texts
        if "tests/sandbox" not in name_of(path)
    }
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_torch_is_an_oracle_of_tests_and_never_installed_for_use():
    values = {}
    for node in ast.parse((ROOT / "setup.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if node.targets[0].id in ("INSTALL", "EXTRAS"):
                values[node.targets[0].id] = ast.literal_eval(node.value)
    assert not [need for need in values["INSTALL"] if re.match(r"torch|tensorflow|jax\[", need)]
    with_torch = {
        name
        for name, needs in values["EXTRAS"].items()
        if any(need.startswith("torch") for need in needs)
    }
    assert with_torch == {"dev"}
    assert [need for need in values["EXTRAS"]["dev"] if need.startswith("torch")] == [
        "torch==2.13.0"
    ], "an open range would resolve to several GB of CUDA packages"


def test_a_wheel_holds_every_file_of_the_package():
    setup = (ROOT / "setup.py").read_text("utf-8")
    match = re.search(r"package_data=\{\s*\"vsdpo_jax\": (\[.*?\])", setup, re.DOTALL)
    assert match
    patterns = ast.literal_eval(match[1])
    others = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    ]
    assert others
    assert [
        name for name in others if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
    ] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_of_a_document_lead_somewhere(path):
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (path.parent / link).exists()] == []


def test_ci_runs_the_test_command_of_the_readme():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = [
        line for line in script.read_text("utf-8").splitlines() if line and not line.startswith("#")
    ]
    assert commands[0] == "set -euo pipefail"
    assert commands[-1] == "make test"


def run_make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "Makefile", folder)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments], cwd=folder, capture_output=True, text=True, env=clean, check=False
    )


@needs_make
def test_make_without_a_suitable_python_says_what_to_do(tmp_path):
    (tmp_path / "setup.py").touch()
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    result = run_make(tmp_path, "demo", f"PYTHON={old}")
    assert result.returncode != 0
    assert f"error: {old} is not Python 3.11 or 3.12" in result.stderr
    assert "make demo PYTHON=" in result.stderr
    assert not (tmp_path / ".venv").exists()


@needs_make
@pytest.mark.slow  # makes a virtual environment
def test_a_set_up_that_was_interrupted_is_done_again(tmp_path):
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to("/nonexistent/python")
    first = run_make(tmp_path, ".venv/.made", f"PYTHON={sys.executable}")
    assert (first.returncode, first.stderr) == (0, "")
    assert "== set-up: making .venv with Python 3.1" in first.stdout
    python = tmp_path / ".venv" / "bin" / "python"
    assert subprocess.run([python, "-m", "pip", "--version"], check=False).returncode == 0
    (tmp_path / ".venv" / ".made").unlink()
    second = run_make(tmp_path, ".venv/.made", "PYTHON=/nonexistent")
    assert (second.returncode, second.stdout) == (0, ""), "a whole .venv is kept"


@needs_make
def test_a_failed_install_says_what_to_do_and_is_not_taken_for_done(tmp_path):
    (tmp_path / "setup.py").write_text("raise SystemExit('no')\n")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        '#!/bin/sh\ncase "$*" in *install*) echo "No space left" >&2; exit 1;; esac\n'
    )
    python.chmod(0o755)
    for _ in range(2):
        result = run_make(tmp_path, "demo")
        assert result.returncode != 0
        assert "error: pip could not install" in result.stderr
        assert "then run make demo again" in result.stderr
        assert "== demo" not in result.stdout
