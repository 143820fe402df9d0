import time

from vsdpo_jax.runtime.metrics import MetricsWriter, StageClock, read_metrics


def test_rows_come_back_and_what_is_not_finite_is_null(tmp_path):
    writer = MetricsWriter(tmp_path / "m.jsonl", first_step=0)
    writer.write(0, {"reward": 0.5})
    writer.write(1, {"reward": float("nan"), "grad": float("inf")})
    assert read_metrics(tmp_path / "m.jsonl") == [
        {"step": 0, "reward": 0.5},
        {"step": 1, "reward": None, "grad": None},
    ]


def test_a_resumed_run_doubles_no_row(tmp_path):
    path = tmp_path / "m.jsonl"
    writer = MetricsWriter(path, first_step=0)
    for step in range(5):
        writer.write(step, {"run": 1.0})
    with path.open("a") as file:
        file.write('{"step": 5, "ru')  # the interruption
    writer = MetricsWriter(path, first_step=3)
    for step in range(3, 6):
        writer.write(step, {"run": 2.0})
    assert [(row["step"], row["run"]) for row in read_metrics(path)] == [
        (0, 1.0), (1, 1.0), (2, 1.0), (3, 2.0), (4, 2.0), (5, 2.0),
    ]  # fmt: skip


def test_the_clock_adds_up_and_counts_failed_stages():
    clock = StageClock()
    for _ in range(2):
        try:
            with clock("draw"):
                time.sleep(0.01)
                raise KeyError
        except KeyError:
            pass
    assert set(clock.seconds) == {"draw"}
    assert clock.seconds["draw"] >= 0.02
