import dataclasses
import re

import numpy as np
import pytest
from runtime_samples import make_sample

from vsdpo_jax.runtime.report_samples import compare, walk_through


def with_region(sample, region):
    """The sample with its defect elsewhere."""
    diagnosis = sample.judged.diagnosis
    defects = tuple(dataclasses.replace(defect, region=region) for defect in diagnosis.defects)
    judged = dataclasses.replace(
        sample.judged, diagnosis=dataclasses.replace(diagnosis, defects=defects)
    )
    return dataclasses.replace(sample, judged=judged)


@pytest.mark.parametrize(
    ("region", "style"),
    [
        ((-8.0, 12.0, 40.0, 24.0), "left:0.00%;top:25.00%;width:50.00%;height:50.00%"),
        ((48.0, 36.0, 99.0, 99.0), "left:75.00%;top:75.00%;width:25.00%;height:25.00%"),
        ((70.0, 0.0, 9.0, 48.0), "left:100.00%;top:0.00%;width:0.00%;height:100.00%"),
    ],
)
def test_a_box_is_cut_at_the_edges_of_the_picture(region, style):
    text = compare(with_region(make_sample(0), region), make_sample(0, rubric={"clip": True}))
    assert re.findall(r'<i style="([^"]*)"', text) == [style]


def test_a_limit_is_named():
    assert "<b>limit (cpu)</b>" in compare(make_sample(0, status="limit"), make_sample(0))


def test_a_noted_defect_without_loss_is_not_boxed():
    sample = make_sample(0)
    diagnosis = sample.judged.diagnosis
    noted = tuple(dataclasses.replace(defect, severity=0) for defect in diagnosis.defects)
    judged = dataclasses.replace(
        sample.judged, diagnosis=dataclasses.replace(diagnosis, defects=noted)
    )
    assert "<i " not in compare(
        dataclasses.replace(sample, judged=judged), make_sample(1, rubric={})
    )


def test_the_walk_goes_from_the_picture_to_the_weights():
    samples = [
        make_sample(0, status="program_error"),
        make_sample(1, rubric={"clip": True}),
        make_sample(2, rubric={"clip": False, "tiny": False}),
        make_sample(3),
    ]
    text = walk_through(samples)
    assert "Draw bars &lt;3&gt;" in text  # the one with the fewest defects
    assert "{&quot;clip&quot;: &quot;title right&quot;}" in text
    assert "Most responsible: line 2, responsibility 1.00 (Eq. 4), weight 4.00 (Eq. 5)" in text
    assert "-0.10" in text


def test_nothing_to_follow_is_said():
    failed = make_sample(0, status="program_error")
    unweighted = dataclasses.replace(make_sample(1), statements=())
    for samples in ([], [failed], [unweighted]):
        assert walk_through(samples).startswith("<p>No rollout")


def test_a_rollout_of_equal_weights_has_no_colour():
    sample = make_sample(0)
    uniform = dataclasses.replace(sample, weight_T=np.ones_like(sample.weight_T))
    assert "<mark" not in compare(uniform, uniform)
