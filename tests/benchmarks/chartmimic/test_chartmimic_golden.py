"""Programs through the sandbox, against the official evaluator's scores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vsdpo_jax.benchmarks.base import Scoring, load_benchmark, outcome_of
from vsdpo_jax.benchmarks.chartmimic.axes import AXES
from vsdpo_jax.benchmarks.chartmimic.domain import request
from vsdpo_jax.domains.base import RendererSetup, load_domain
from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.sandbox import Limits

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text())["pairs"]
BENCHMARK = load_benchmark("chartmimic")
ROOM = "vsdpo_jax.benchmarks.chartmimic"


def readings(programs, edition):
    """Outcomes of (text, id, whether it is a candidate)."""
    how = Scoring(edition=edition)
    jobs = [
        BENCHMARK.candidate(f"```python\n{text}\n```", name, how)
        if is_candidate
        else BENCHMARK.reference(text, name, how)
        for text, name, is_candidate in programs
    ]
    with RenderPool(ROOM, num_workers=2, options=BENCHMARK.rooms(how)[ROOM]) as pool:
        return [outcome_of(judged) for judged in pool.map([Job(source=j.source) for j in jobs])]


@pytest.mark.slow
def test_scores_are_the_official_ones_under_current_libraries():
    programs = [(pair["candidate_code"], pair["id"], True) for pair in GOLDEN]
    programs += [(pair["reference_code"], pair["id"], False) for pair in GOLDEN]
    found = readings(programs, "code_pass")
    how, wrong, count = Scoring(edition="code_pass"), [], 0
    for pair, ours, theirs in zip(GOLDEN, found[: len(GOLDEN)], found[len(GOLDEN) :], strict=True):
        assert theirs.status == "ok", (pair["id"], theirs.error)
        assert (ours.status == "ok") == pair["executes"], (pair["id"], ours.error)
        scores = BENCHMARK.failed()
        if ours.reading is not None:
            scores = BENCHMARK.compare(pair["id"], ours.reading, theirs.reading, how)
        for axis in AXES:
            count += 1
            if abs(scores.axes[axis]["f1"] - (pair["final_f1"][axis] or 0.0)) > 0.01:
                wrong.append((pair["id"], axis, scores.axes[axis], pair["final_f1"][axis]))
    assert len(wrong) <= 0.03 * count, wrong


@pytest.fixture(scope="module")
def no_filter():
    pair = next(pair for pair in GOLDEN if pair["id"] == "noimport_1")
    late = (
        "import matplotlib.pyplot as plt\nplt.title('Tea')\nplt.bar(['a'], [1])\nraise ValueError"
    )
    programs = [
        (pair["candidate_code"], "noimport_1", True),
        (pair["reference_code"], "noimport_1", False),
        (late, "late", True),
        ("import sys\nsys.exit(0)", "exit", True),
        ("import os\nos.kill(os.getppid(), 9)\nopen('/etc/passwd')", "hostile", True),
    ]
    return pair, readings(programs, "no_filter")


def test_the_edition_no_filter_keeps_what_was_drawn_before_a_failure(no_filter):
    pair, (ours, theirs, late, left, hostile) = no_filter
    how = Scoring(edition="no_filter")
    scores = BENCHMARK.compare("noimport_1", ours.reading, theirs.reading, how)
    assert scores.axes["exec"] == 0.0
    for axis in AXES:
        assert scores.axes[axis]["f1"] == pytest.approx(pair["official"][axis]["f1"], abs=0.01)
    assert [text for text, _ in late.reading["trace"]["texts"]] == ["Tea"]
    assert "ValueError" in late.reading["error"]
    assert left.reading["trace"]["texts"] == []
    assert "PermissionError" in hostile.reading["error"]


PROGRAMS = {
    "sees": (
        "import matplotlib.pyplot as plt\n"
        "fig, ax = plt.subplots()\n"
        "ax.set_title('shown')\n"
        "fig.text(.5, .5, 'white', color='white')\n"
        "fig.text(3, 3, 'off')\n"
        "fig.text(.1, .1, 'clear', alpha=0)\n"
        "ax.text(.5, .5, 'boxed', color='white', bbox={'facecolor': 'red'})\n"
        "plt.savefig('x.pdf')\n"
    ),
    "blind": (
        "import matplotlib.pyplot as plt\n"
        "try:\n    plt.bar([1], [2], color='none such')\nexcept Exception:\n    pass\n"
        "plt.plot([1, 2])\n"
        "plt.pcolormesh([[1, 2], [3, 4]])\n"
        "for patch, color in zip(plt.bar([1, 2], [1, 2], color='k'), ('red', 'blue')):\n"
        "    patch.set_facecolor(color)\n"
        "plt.savefig('x.pdf')\n"
    ),
    "old": (
        "import numpy as np\nimport matplotlib.pyplot as plt\n"
        "color = plt.cm.get_cmap('viridis', 4)(0)\n"
        "plt.boxplot([[1, 2, 3]], labels=['a'])\n"
        "assert np.trapz([1, 1]) == 1 and np.in1d([1], [1])[0]\n"
        "for c in plt.contour([[1, 2], [3, 4]]).collections:\n    c.set_linewidth(2)\n"
        "legend = plt.legend(handles=plt.plot([1], label='x'))\n"
        "legend.legendHandles[0].set_alpha(1)\n"
        "plt.savefig('x.pdf')\n"
    ),
}


@pytest.fixture(scope="module")
def traces():
    """Traces of PROGRAMS, in one sandbox."""
    domain = load_domain(ROOM)
    setup = RendererSetup(limits=Limits(cpu_s=20, wall_s=200.0), options=domain.complete({}))
    with domain.open_renderer(setup) as renderer:
        found = {}
        for name, program in PROGRAMS.items():
            artifact = renderer.run(request(program, is_candidate=False))
            assert artifact.status == "ok", artifact.error
            found[name] = json.loads(json.loads(artifact.payload)["trace"])
    return found


def test_texts_that_nobody_sees_are_marked(traces):
    assert dict(traces["sees"]["texts"]) == {
        "shown": True, "white": False, "off": False, "clear": False, "boxed": True,
    }  # fmt: skip


def test_a_call_that_raised_blinds_the_official_probes_only(traces):
    assert traces["blind"]["types"] == {"bar": 1}
    assert traces["blind"]["colors"] == []
    assert traces["blind"]["all_types"] == {"bar": 2, "plot": 1, "pcolormesh": 1}
    assert ["bar", "#FF0000"] in traces["blind"]["all_colors"]
    assert ["bar", "#0000FF"] in traces["blind"]["all_colors"]


def test_programs_for_the_pinned_libraries_still_run(traces):
    assert traces["old"]["types"]["boxplot"] == 1
    assert traces["old"]["versions"]["matplotlib"]
