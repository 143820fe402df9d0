import base64
import re
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.reporting.curves import DARK, LIGHT, curves, moving_mean
from vsdpo_jax.reporting.runs import RunRecords

NUMBERS = st.lists(st.floats(-1e3, 1e3) | st.just(float("nan")), min_size=1, max_size=12)


def run_of(rows):
    return RunRecords(
        workdir=Path(), label="run", config={}, metrics=rows, evaluations={}, first_update=(),
        last_update=(), seconds=None, notes=(),
    )  # fmt: skip


def drawing(address):
    head, data = address.split(",")
    assert head == "data:image/svg+xml;base64"
    return base64.b64decode(data).decode()


@given(NUMBERS, st.integers(1, 6))
def test_the_moving_mean_is_that_of_the_last_values_that_are_there(values, width):
    got = moving_mean(np.array(values), width)
    for index, mean in enumerate(got):
        window = [x for x in values[max(0, index - width + 1) : index + 1] if not np.isnan(x)]
        if window:
            assert np.isclose(mean, np.mean(window), atol=1e-9)
        else:
            assert np.isnan(mean)


def test_one_update_and_nulls_are_drawn_for_both_screens_and_told_in_words():
    (curve,) = curves([run_of([{"step": 0, "reward": None, "exec_rate": 1.0}])])
    assert curve.words == "reward: no value; runs from 1 to 1"
    for address, scheme in ((curve.light, LIGHT), (curve.dark, DARK)):
        assert f"stroke: {scheme.series[1]}" in drawing(address)
        assert ">Reward, and share of programs that run</text>" in drawing(address)


def test_eleven_axes_get_a_line_each_and_the_same_figures_are_the_same_bytes():
    row = {f"axis/a{index}": 0.5 for index in range(11)}
    rows = [{"step": step, **row} for step in range(2)]
    (first,) = curves([run_of(rows)])
    (again,) = curves([run_of(rows)])
    assert first == again
    shown = drawing(first.light)
    assert all(f">a{index}</text>" in shown for index in range(11))
    styles = re.findall(r'style="fill: none; ([^"]*stroke: #[^"]*)"', shown)
    ours = [style for style in styles if any(color in style for color in LIGHT.series)]
    assert len(ours) == 2 * 11  # each as a line and in the legend, no two alike
    assert len(set(ours)) == 11


def test_two_runs_share_panels_without_the_axes_and_the_second_is_dashed():
    rows = [{"step": step, "grad/norm": 1.0 + step, "axis/a": 0.5} for step in range(3)]
    (curve,) = curves([run_of(rows), run_of(rows[:1])])
    assert curve.words == "norm from 1 to 3; 2: norm from 1 to 1"
    assert "stroke-dasharray" in drawing(curve.light)


def test_no_updates_are_no_curves():
    assert curves([run_of([])]) == []
