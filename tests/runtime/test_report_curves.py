import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.runtime.report_curves import curves, moving_mean

NUMBERS = st.lists(st.floats(-1e3, 1e3) | st.just(float("nan")), min_size=1, max_size=12)


@given(NUMBERS, st.integers(1, 6))
def test_the_moving_mean_is_that_of_the_last_values_that_are_there(values, width):
    got = moving_mean(np.array(values), width)
    for index, mean in enumerate(got):
        window = [x for x in values[max(0, index - width + 1) : index + 1] if not np.isnan(x)]
        if window:
            assert np.isclose(mean, np.mean(window), atol=1e-9)
        else:
            assert np.isnan(mean)


def test_one_update_and_nulls_can_be_drawn():
    text = curves([{"step": 0, "reward": None, "exec_rate": 1.0}], rollouts_per_step=32)
    assert text.count("<img") == 1
    assert "one update of 32 rollouts" in text


def test_ten_axes_get_a_curve_each():
    row = {f"axis/a{index}": 0.5 for index in range(10)}
    assert curves([{"step": 0, **row}], rollouts_per_step=1).count("<img") == 1
