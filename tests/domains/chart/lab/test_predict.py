from dataclasses import replace

import numpy as np
import pytest
from lab_cases import GOOD, task_with

from vsdpo_jax.domains.chart.lab.predict import (
    PREDICTED_AXES,
    contrast_on_white,
    predicted_feedback,
)
from vsdpo_jax.domains.chart.lab.programs import random_choices, write_program
from vsdpo_jax.domains.chart.lab.tasks import make_task
from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.lab.feedback import read_feedback


def test_contrast_by_hand():
    assert contrast_on_white("silver") == pytest.approx(1.82, abs=0.01)
    assert contrast_on_white("ivory") == pytest.approx(1.01, abs=0.01)


def test_notes_by_hand():
    task = task_with(2, "line")
    assert set(predicted_feedback(task, replace(GOOD, y_top=None)).values()) == {"ok"}
    flawed = replace(
        GOOD, spare_axes=True, title_size=5, legend_size=6, y_size=6, title_color="silver",
        y_top=10, omitted=frozenset({"x_label"}),
    )  # fmt: skip
    assert predicted_feedback(task, flawed) == {
        "contrast": "axes 1 title 1.8; x label missing",
        "tiny": "axes 1 title 5; axes 1 y label 6",
        "empty": f"axes 2 without data; series {task.series[0][0]} missing",
        "range": f"axes 1 y {task.highest} of 10; series {task.series[0][0]} missing",
        "content": f"x label missing; series {task.series[0][0]} missing",
    }


def test_what_cannot_be_seen_fails_every_axis_that_would_judge_it():
    task = task_with(2, "line")
    (first, _), (second, _) = task.series
    pale = replace(GOOD, y_top=None, colors=("ivory", *GOOD.colors[1:]))
    assert predicted_feedback(task, pale) == {
        "contrast": f"line {first} pale; series {first} missing",
        "tiny": "ok",
        "empty": f"series {first} missing",
        "range": f"series {first} missing",
        "content": f"series {first} missing",
    }
    bare = replace(GOOD, y_top=None, omitted=frozenset({"series", "title"}))
    assert predicted_feedback(task, bare) == {
        "contrast": f"title missing; series {second} missing",
        "tiny": f"title missing; legend {second} missing",
        "empty": f"series {second} missing",
        "range": f"series {second} missing",
        "content": f"title missing; series {second} missing",
    }


def test_a_mistake_has_no_rubric():
    with pytest.raises(ValueError, match="wrong_name"):
        predicted_feedback(task_with(2, "line"), replace(GOOD, mistake="wrong_name"))


@pytest.mark.slow
def test_predictions_are_what_the_detectors_say():
    """On roomy figures, where every text is on the canvas."""
    rng = np.random.default_rng(1)
    pairs = []
    for seed in range(60):
        task = make_task(seed, "train")
        choices = random_choices(rng, task, mistake_share=0.0)
        pairs.append((task, replace(choices, figure_size=(8, 5), tight=True, rotation=0)))
    jobs = [Job(source=write_program(t, c).source, asked=t.asked) for t, c in pairs]
    with RenderPool("chart") as pool:
        judged = pool.map(jobs)
    wrong = []
    for (task, choices), result in zip(pairs, judged, strict=True):
        real, predicted = (
            read_feedback(result.diagnosis.feedback), predicted_feedback(task, choices)
        )  # fmt: skip
        wrong += [(a, predicted[a], real[a]) for a in PREDICTED_AXES if predicted[a] != real[a]]
    # Marks of one series may hide marks of another, which no formula knows.
    assert len(wrong) <= 0.03 * len(pairs) * len(PREDICTED_AXES), wrong
