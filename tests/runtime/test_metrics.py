import io
import itertools
import json
import math
import os
import time
from unittest.mock import patch

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.runtime.files import DamagedFileError
from vsdpo_jax.runtime.metrics import (
    MetricsWriter,
    Progress,
    Rows,
    StageClock,
    TimeLeft,
    describe,
    duration,
    read_metrics,
)

ROW = {
    "reward": 0.614, "exec_rate": 0.97, "kl/mean": 0.0341, "seconds/2_rollouts": 3.14,
    "seconds/3_render_and_diagnose": 2.0, "seconds/4_credit": 0.001,
}  # fmt: skip


def test_rows_come_back_and_what_is_not_finite_is_null(tmp_path):
    path = tmp_path / "metrics.jsonl"
    writer = MetricsWriter(path, first_step=0)
    writer.write(0, {"reward": np.float32(0.5), "n": 3, "kl": jnp.float32(2.0), "note": "a"})
    writer.write(1, {"reward": float("nan"), "grad": float("inf")})
    assert read_metrics(path) == [
        {"step": 0, "reward": 0.5, "n": 3, "kl": 2.0, "note": "a"},
        {"step": 1, "reward": None, "grad": None},
    ]
    for line in path.read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)


def test_a_line_is_on_disk_when_write_returns(tmp_path):
    path = tmp_path / "metrics.jsonl"
    writer = MetricsWriter(path, first_step=0)
    for step in range(3):
        writer.write(step, {"x": 1.0})
        assert len(path.read_text().splitlines()) == step + 1


@patch.object(os, "fsync", lambda number: None)  # a second in all, on an idle disk
@given(st.integers(0, 8), st.integers(0, 9))
def test_a_resumed_run_doubles_no_row_and_loses_none(tmp_path_factory, written, resumed):
    path = tmp_path_factory.mktemp("run") / "metrics.jsonl"
    writer = MetricsWriter(path, first_step=0)
    for step in range(written):
        writer.write(step, {"session": 1})
    with path.open("a") as file:
        file.write('{"step": 9, "ses')  # the process ended here
    writer = MetricsWriter(path, first_step=resumed)
    for step in range(resumed, 10):
        writer.write(step, {"session": 2})
    rows = read_metrics(path)
    kept = min(written, resumed)
    assert [row["step"] for row in rows] == [*range(kept), *range(resumed, 10)]
    assert [row["session"] for row in rows] == [1] * kept + [2] * (10 - resumed)


def test_steps_increase_and_values_are_plain(tmp_path):
    writer = MetricsWriter(tmp_path / "m.jsonl", first_step=0)
    writer.write(4, {})
    with pytest.raises(ValueError, match="step 4 after step 4"):
        writer.write(4, {})
    with pytest.raises(TypeError, match="kl is"):
        writer.write(5, {"kl": np.ones(2)})
    assert len(read_metrics(tmp_path / "m.jsonl")) == 1


def test_a_line_that_is_no_row_is_named(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 0}\nnonsense\n{"step": 2}\n')
    with pytest.raises(ValueError, match="line 2"):
        read_metrics(path)
    assert read_metrics(tmp_path / "absent.jsonl") == []


@pytest.mark.parametrize(
    "line", [b"[]", b"3", b'{"step": "a"}', b'{"step": Infinity}', b'{"x": 1}', b'{"step": 1, "x"',
             b"\xff\xfe", b"\0" * 40, b"", b"[" * 100_000],
    ids=lambda line: line[:15],
)  # fmt: skip
def test_any_line_that_is_no_row_is_named(tmp_path, line):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"step": 0}\n' + line + b'\n{"step": 2}\n')
    with pytest.raises(DamagedFileError, match=r"metrics\.jsonl, line 2: no row of metrics"):
        read_metrics(path)


def test_rows_that_are_gone_are_known(tmp_path):
    path = tmp_path / "metrics.jsonl"
    assert MetricsWriter(path, first_step=0).lost == []
    assert MetricsWriter(path, first_step=3).lost == [0, 1, 2]
    path.write_text('{"step": 1}\n{"step": 4}\n{"step": 5}\n{"st')
    assert MetricsWriter(path, first_step=5).lost == [0, 2, 3]


def _sleep_and_fail():
    time.sleep(0.01)
    raise KeyError("failed")


def test_the_clock_adds_up_and_counts_failed_stages():
    clock = StageClock()
    for _ in range(2):
        with pytest.raises(KeyError, match="failed"), clock("draw"):
            _sleep_and_fail()
    with clock("update"):
        pass
    assert list(clock.seconds) == ["draw", "update"]
    assert clock.seconds["draw"] >= 0.02


def test_a_stage_inside_a_stage_would_count_twice():
    clock = StageClock()
    with pytest.raises(RuntimeError, match="'b' starts inside stage 'a'"), clock("a"), clock("b"):
        pass


def test_a_line_for_people():
    assert describe(ROW) == (
        "reward 0.614  exec 0.97  KL 0.0341  5.1 s (rollouts 3.1, render and diagnose 2.0)"
    )
    assert describe({"reward": math.nan}) == "reward nan"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_time_that_is_left_leaves_out_the_part_that_compiles():
    times = iter([0, 100, 110, 130, 131, 140])
    left = TimeLeft(7, 2, now=lambda: next(times))
    assert left.part() == ""  # 100 s, most of them compilation
    assert left.part() == "about 30 s left"  # 3 x 10
    assert left.part() == "about 30 s left"  # 2 x 15, the median of 10 and 20
    assert left.part() == "about 10 s left"
    assert left.part() == ""
    assert [duration(s) for s in (0.4, 89, 90, 600, 7260)] == [
        "0 s", "89 s", "2 min", "10 min", "2 h 1 min",
    ]  # fmt: skip


def test_the_time_that_is_left_of_parts_of_many_sizes():
    times = iter([0, 50, 60, 90])
    left = TimeLeft(1000, 400, now=lambda: next(times))
    assert left.part(100) == ""
    assert left.part(100) == "about 40 s left"  # 10 s a hundred, four of them
    left.left = 200  # half of it turned out to be needless
    assert left.part(100) == "about 20 s left"  # the median of 10 and 30


def test_plain_lines_where_nobody_watches():
    stream = io.StringIO()
    bar = Progress(total=4, start=2, stream=stream)
    bar.update(ROW)
    bar.update(ROW, ["exec_rate fell"])
    bar.close()
    lines = stream.getvalue().splitlines()
    assert [line[:8] for line in lines] == ["step 3/4", "step 4/4", "warning:"]
    assert "\r" not in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_rows_are_told_in_a_line_now_and_then_where_nobody_watches():
    stream, clock = io.StringIO(), itertools.count(0, 10)
    with Rows("judge", 20, 4, stream, lambda: float(next(clock))) as rows:
        for _ in range(16):
            rows.update()
    told = {7: "", 10: "  about 3 min left", 13: "  about 2 min left", 16: "  about 67 s left",
            19: "  about 17 s left"}  # fmt: skip
    lines = [f"judge: {done} of 20 rows{left}\n" for done, left in told.items()]
    assert stream.getvalue() == "".join(lines)


def test_rows_are_a_bar_on_a_terminal(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    terminal = Terminal()
    with Rows("judge", 2, stream=terminal) as rows:
        rows.update(2)
    assert "2/2" in terminal.getvalue()


def test_lines_say_how_long_the_rest_takes_from_the_second_step_on():
    stream = io.StringIO()
    bar = Progress(total=9, start=0, stream=stream)
    for _ in range(3):
        bar.update(ROW)
    assert [line.endswith(" left") for line in stream.getvalue().splitlines()] == [0, 1, 1]


@pytest.mark.parametrize("in_ci", [True, False])
def test_a_bar_on_a_terminal_but_not_in_ci(monkeypatch, in_ci):
    monkeypatch.setenv("CI", "true") if in_ci else monkeypatch.delenv("CI", raising=False)
    stream = Terminal()
    bar = Progress(total=2, start=0, stream=stream)
    bar.update(ROW, ["exec_rate fell"])
    bar.close()
    assert ("\r" in stream.getvalue()) is not in_ci
    assert "warning: exec_rate fell" in stream.getvalue()
    assert "reward 0.614" in stream.getvalue()
