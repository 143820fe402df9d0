"""Trackers show what they are given and cannot hurt a run; TensorBoard's files are read back."""

from __future__ import annotations

import json
import sys
import types

import numpy as np
import pytest

from vsdpo_jax.runtime import trackers
from vsdpo_jax.runtime.trackers import Picture, Trackers, missing_package

CONFIG = {"seed": 0, "credit": {"alpha": 4.0}}
PICTURE = Picture(image_YXC=np.full((8, 6, 3), 200, np.uint8), caption="t1: 0.50")
ROWS = [["t1", 0.5, "line one\nline two | x"]]


def show(shown: Trackers, steps, offset: float = 0.0) -> None:
    for step in steps:
        shown.scalars(step, {"reward": step + offset, "run_id": "a", "kl/mean": float("nan")})
    shown.pictures(steps[-1], "eval", [PICTURE])
    shown.table(steps[-1], "eval/samples", ["task", "reward", "program"], ROWS)
    shown.close()


def read_back(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0, "tensors": 0})
    events.Reload()
    return events


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_tensorboard_reads_scalars_pictures_and_tables_of_a_resumed_run(tmp_path):
    show(Trackers(["tensorboard"], tmp_path, CONFIG, 0), range(6))
    show(Trackers(["tensorboard"], tmp_path, CONFIG, 4), range(4, 8), offset=100)
    events = read_back(tmp_path / "tensorboard")
    assert events.Tags()["scalars"] == ["reward"]
    found = [(event.step, event.value) for event in events.Scalars("reward")]
    assert found == [(0, 0), (1, 1), (2, 2), (3, 3), (4, 104), (5, 105), (6, 106), (7, 107)]
    (picture,) = [event for event in events.Images("eval/0") if event.step == 7]
    assert (picture.height, picture.width) == (8, 6)
    assert picture.encoded_image_string.startswith(b"\x89PNG")
    texts = [
        event.tensor_proto.string_val[0] for event in events.Tensors("eval/samples/text_summary")
    ]
    assert b"|task|reward|program|" in texts[-1]
    assert b"<pre>line one<br>line two \\| x</pre>" in texts[-1]


class Recorder(types.ModuleType):
    """A stand-in for the public API of wandb and trackio that notes what it is told."""

    def __init__(self, name: str, step: int = 0):
        super().__init__(name)
        self.step, self.told, self.is_finished = step, [], False
        self.Image = lambda pixels, caption: ("image", pixels.shape, caption)
        self.Table = lambda columns, data: ("table", columns, data)

    def init(self, **arguments):
        self.arguments = arguments
        return self

    def log(self, values, step):
        self.told.append((step, values))
        self.step = max(self.step, step)

    def finish(self):
        self.is_finished = True


@pytest.mark.parametrize("name", ["wandb", "trackio"])
def test_a_run_goes_on_under_the_name_that_it_began_with(tmp_path, monkeypatch, name):
    seen = []
    for first in (0, 2):
        recorder = Recorder(name, step=first)
        monkeypatch.setitem(sys.modules, name, recorder)
        show(Trackers([name], tmp_path, CONFIG, first), range(first, first + 2))
        assert recorder.is_finished
        seen.append(recorder)
    first, second = seen
    key = "id" if name == "wandb" else "name"
    assert first.arguments[key] == second.arguments[key]
    assert json.loads((tmp_path / "trackers.json").read_text()) == {name: first.arguments[key]}
    assert first.arguments["resume"] == second.arguments["resume"] == "allow"
    assert first.arguments["config"] == CONFIG
    assert first.told == [
        (0, {"reward": 0.0}), (1, {"reward": 1.0}),
        (1, {"eval/0": ("image", (8, 6, 3), "t1: 0.50")}),
        (1, {"eval/samples": ("table", ["task", "reward", "program"], ROWS)}),
    ]  # fmt: skip


def test_steps_that_are_there_already_are_not_told_to_wandb_again(tmp_path, monkeypatch):
    recorder = Recorder("wandb", step=3)
    monkeypatch.setitem(sys.modules, "wandb", recorder)
    show(Trackers(["wandb"], tmp_path, CONFIG, 2), range(2, 5))
    assert [step for step, _ in recorder.told] == [3, 4, 4, 4]


def test_a_tracker_that_fails_is_said_once_and_the_others_go_on(tmp_path, monkeypatch, capsys):
    class Failing(Recorder):
        def log(self, values, step):
            raise ConnectionError("no\x1b[2J network")

    failing, other = Failing("wandb"), Recorder("trackio")
    monkeypatch.setitem(sys.modules, "wandb", failing)
    monkeypatch.setitem(sys.modules, "trackio", other)
    shown = Trackers(["wandb", "trackio"], tmp_path, CONFIG, 0)
    show(shown, range(3))
    assert [step for step, _ in other.told] == [0, 1, 2, 2, 2]
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "the tracker wandb is off from here on (ConnectionError: no\\x1b[2J network)" in said
    assert not failing.is_finished


def test_a_tracker_that_does_not_open_is_said_and_nothing_is_left_to_tell(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "wandb", types.ModuleType("wandb"))  # another package
    shown = Trackers(["wandb"], tmp_path, CONFIG, 0)
    assert not shown.is_on
    show(shown, range(2))
    assert capsys.readouterr().err.count("the tracker wandb is off") == 1


def test_what_has_to_be_installed_is_known(monkeypatch):
    assert missing_package("tensorboard") is None
    monkeypatch.setattr(trackers, "find_spec", lambda name: None)
    assert missing_package("tensorboard") == "tensorboardX"
