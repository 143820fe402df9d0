import math
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs import chart_8b, mini_chart
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig
from vsdpo_jax.models.qwen3_vl.sizes import SIZES
from vsdpo_jax.run import opening, profiling
from vsdpo_jax.run.profiling import (
    Gauge,
    Steps,
    matrix_weights,
    parse_steps,
    peak_tflops,
    tree_bytes,
    update_flops,
)
from vsdpo_jax.run.settings import SettingsError, from_config
from vsdpo_jax.runtime.compiles import Compile


def test_steps_to_trace():
    assert parse_steps("") is None
    assert parse_steps("3") == Steps(3, 4)
    assert parse_steps("3:5") == Steps(3, 5)


@pytest.mark.parametrize("text", ["5:3", "3:3", "a", "-1", "1:2:3", " 1", "٣"])
def test_steps_that_are_none(text):
    with pytest.raises(SettingsError, match=r"--profile=.*: use FIRST:END"):
        parse_steps(text)


def test_a_trace_is_written_for_the_chosen_steps_by_the_first_process(tmp_path):
    gauge, other = Gauge(Steps(1, 2), tmp_path), Gauge(Steps(1, 2), None)
    for step in range(3):
        with gauge.step(step):
            jnp.ones(3).block_until_ready()
    with other.step(1):
        pass
    assert [path.name for path in (tmp_path / "profile").iterdir()] == ["step_00001"]
    assert list((tmp_path / "profile").rglob("*.xplane.pb"))


def test_a_late_compilation_is_a_warning_that_names_the_shape(monkeypatch):
    gauge = Gauge(None, None)
    slow = Compile(name="jit_step", shapes=("int32[8,320]", "bool[8,320]"), seconds=2.0)
    quick = Compile(name="jit_add", shapes=("float32[2]",), seconds=0.01)
    said = []
    for step in range(4):
        with gauge.step(step):
            gauge._compiles.done += [slow, quick]
        said.append(gauge.warnings())
    assert said[:2] == [[], []]
    sentence = "waited 2.0 s for the compilation of jit_step for the new shapes int32[8,320], bool"
    assert [len(one) for one in said[2:]] == [1, 1]
    assert sentence in said[2][0]
    assert said[2][0].startswith("step 3 ")


def test_a_new_shape_after_warm_up_is_named_as_jax_compiles_it(monkeypatch):
    monkeypatch.setattr(profiling, "_NOTICED_S", 0.0)
    gauge, doubled = Gauge(None, None), jax.jit(lambda x_BT: x_BT * 2.5)
    arrays = [np.zeros((3, width), np.float32) for width in (17, 17, 17, 17, 19)]
    said = []
    for step, array in enumerate(arrays):
        with gauge.step(step):
            doubled(array).block_until_ready()
        said.append(gauge.warnings())
    assert said[:4] == [[], [], [], []]
    assert len(said[4]) == 1
    assert "float32[3,19]" in said[4][0]


def test_bytes_of_a_tree_count_every_array_once():
    assert tree_bytes({"a": np.zeros((2, 3), np.float32), "b": [jnp.ones(5, jnp.int8)]}) == 29
    assert tree_bytes(None) == 0


def test_figures_of_a_step():
    config = opening.weights.read_config(opening.mini_folder("chart"))
    run = SimpleNamespace(settings=from_config(mini_chart.get_config()), config=config)
    gauge = Gauge(None, None)
    with gauge.step(0):
        jax.jit(lambda x: x * 3.5)(jnp.ones(11))
    figures = gauge.figures(run, {"reward": 1.0, "seconds/6_update": 2.0})
    assert figures["compiles/count"] >= 1
    assert figures["compiles/seconds"] > 0
    assert 50 < figures["host/memory_mb"] < 1e6
    assert figures["host/descriptors"] >= 3
    expected = update_flops(run.settings, config) / 2e12 / jax.device_count()
    assert math.isclose(figures["update/tflops_per_device"], expected)
    assert "update/mfu" not in figures  # nobody says what this processor could do
    assert "update/tflops_per_device" not in gauge.figures(run, {"seconds/6_update": 2.0})


def test_the_weights_of_the_8b_model_are_its_matrices():
    config = Qwen3VLConfig.from_hf(SIZES["8b"])
    body, head = matrix_weights(config)
    assert head == 4096 * 151_936
    assert body == 36 * (4096 * 128 * (32 + 8 + 8 + 32) + 3 * 4096 * 12_288)
    settings = from_config(chart_8b.get_config())
    rollout, teacher = settings.rollout, settings.teacher
    new, rows = rollout.max_new_tokens, settings.num_rows
    student = 6 * (body * (rollout.prompt_limit + new) + head * new)
    assert math.isclose(
        update_flops(settings, config),
        rows * (student + 2 * (body * (teacher.prompt_limit + new) + head * new)),
    )


def test_a_token_goes_through_some_experts_only():
    config = Qwen3VLConfig.from_hf(SIZES["30b_a3b"])
    body, _ = matrix_weights(config)
    assert 2e9 < body < 3.5e9  # of 30e9


@pytest.mark.parametrize(
    ("kind", "peak"),
    [("TPU v5 lite", 197), ("TPU v5p", 459), ("TPU v5", 459), ("TPU v6 lite", 918),
     ("TPU v4", 275), ("NVIDIA H200", 989), ("NVIDIA A100-SXM4-80GB", 312), ("cpu", None)],
)  # fmt: skip
def test_what_devices_can_do(kind, peak):
    assert peak_tflops(kind) == peak
