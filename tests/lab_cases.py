"""A flawless set of choices, tasks by shape, and a judge that reads sources instead of pictures."""

import numpy as np

from vsdpo_jax.domains.chart.judge.rubric import AXES
from vsdpo_jax.domains.chart.lab.programs import Choices
from vsdpo_jax.domains.chart.lab.tasks import make_task
from vsdpo_jax.records import Diagnosis, Judged, Render

GOOD = Choices(
    figure_size=(6, 4), spare_axes=False, colors=("navy", "teal"), title_size=14, title_color=None,
    x_size=10, x_pad=None, y_size=12, y_pad=None, tick_size=8, rotation=45, y_top=100,
    legend_place="upper left", legend_size=10, tight=True,
)  # fmt: skip


def task_with(num_series, kind):
    tasks = (make_task(seed, "train") for seed in range(1000))
    return next(t for t in tasks if t.kind == kind and len(t.series) == num_series)


IMAGE = np.zeros((2, 2, 3), np.uint8)


def judged_as(notes):
    """A drawn program that fails the axes of ``notes``."""
    words = {axis: notes.get(axis, "ok") for axis in AXES}
    text = "{" + ", ".join(f'"{axis}": "{word}"' for axis, word in words.items()) + "}"
    rubric = {axis: axis not in notes for axis in AXES}
    diagnosis = Diagnosis(
        rubric=rubric, scores={}, defects=(), feedback=text, r_exec=1.0,
        r_vis=float(np.mean(list(rubric.values()))),
    )  # fmt: skip
    return Judged(render=Render(status="ok", image_YXC=IMAGE), diagnosis=diagnosis)


def judged_error():
    diagnosis = Diagnosis(
        rubric={}, scores={}, defects=(), feedback='{"error": "line 1: NameError"}', r_exec=0.0,
        r_vis=0.0,
    )  # fmt: skip
    render = Render(status="program_error", error="NameError")
    return Judged(render=render, diagnosis=diagnosis)


def judge_by_text(jobs):
    """Reads two defects off the source: no tight_layout, and the mistakes that leave a trace."""
    found = []
    for job in jobs:
        if "import matplotlib" not in job.source or "axs" in job.source:
            found.append(judged_error())
        elif "tight_layout" not in job.source:
            found.append(judged_as({"clip": "x label bottom"}))
        else:
            found.append(judged_as({}))
    return found
