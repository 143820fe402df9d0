"""Checkpoints that are written beside the steps after them."""

import dataclasses
import os
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from configs import mini_chart
from vsdpo_jax.core.inputs import TrainState
from vsdpo_jax.run.saver import Saver
from vsdpo_jax.run.sessions import Session
from vsdpo_jax.run.settings import from_config
from vsdpo_jax.runtime import checkpoint, orbax_files
from vsdpo_jax.runtime.checkpoint import latest_step, restore
from vsdpo_jax.runtime.stop import StoppedError
from vsdpo_jax.runtime.workdir import DiskFullError

TRAIN = from_config(mini_chart.get_config()).train
_add_one = jax.jit(
    lambda state: state.replace(params=state.params + 1, step=state.step + 1), donate_argnums=0
)


def state_of(step):
    return TrainState(params=jnp.zeros(1000) + step, opt_state=None, step=jnp.int32(step))


def steps(folder):
    root = folder / "checkpoints"
    return sorted(os.listdir(root)) if root.exists() else []


def ended_by(error, session, state=None):
    """A run that is ended by ``error`` while its first checkpoint is being written."""
    with Saver(session, TRAIN) as saver:
        saver.save(state, score=None)
        raise error


@pytest.fixture
def slow(monkeypatch):
    """Files of a checkpoint that are never there unless somebody waits for them."""
    monkeypatch.setattr(orbax_files.Writing, "is_done", False)


def test_a_checkpoint_is_one_when_its_files_are_there_and_the_run_says_so(tmp_path, slow):
    with Saver(Session(folder=tmp_path), TRAIN) as saver:
        state = state_of(1)
        saver.save(state, score=0.5)
        state = _add_one(state)  # in the buffers that were given to the saver
        saver.settle()
        assert latest_step(tmp_path) is None
        saver.save(state, score=None)
        assert latest_step(tmp_path) == 1
        saver.settle()
        assert latest_step(tmp_path) == 1
        assert saver.waited_s() > 0
        assert saver.waited_s() == 0
    assert steps(tmp_path) == ["1", "2"]
    restored = restore(tmp_path, state_of(0))
    np.testing.assert_array_equal(restored.params, state_of(2).params)
    assert checkpoint.read_score(tmp_path / "checkpoints" / "1") == 0.5


def test_what_is_written_is_committed_at_the_next_step(tmp_path):
    with Saver(Session(folder=tmp_path), TRAIN) as saver:
        saver.settle()
        saver.save(state_of(1), score=None)
        saver._pending[1]._end.result()
        saver.settle()
        assert steps(tmp_path) == ["1"]
        saver.save(state_of(1), score=None)  # is there
        saver.settle()


def test_a_run_may_stand_still_instead(tmp_path, slow):
    still = dataclasses.replace(TRAIN, async_checkpoints=False)
    with Saver(Session(folder=tmp_path), still) as saver:
        saver.save(state_of(1), score=None)
        assert steps(tmp_path) == ["1"]


@pytest.mark.parametrize(
    ("error", "found"),
    [(StoppedError, ["1"]), (ZeroDivisionError, ["1"]), (KeyboardInterrupt, ["1"]),
     (GeneratorExit, [".new"])],
)  # fmt: skip
def test_whatever_ends_a_run_what_it_began_is_whole_or_absent(tmp_path, slow, error, found):
    with pytest.raises(error):
        ended_by(error, Session(folder=tmp_path), state_of(1))
    assert steps(tmp_path) == found


def test_one_of_several_processes_leaves_what_it_began(slow):
    """The others may be lost: whoever waited for them would not end."""
    done = []

    def saving():
        yield SimpleNamespace(is_done=False)
        done.append(True)

    several = SimpleNamespace(hosts=SimpleNamespace(count=2), saving=lambda state, **kept: saving())
    for error in (ZeroDivisionError, StoppedError):
        assert not done
        with pytest.raises(error):
            ended_by(error, several)
    assert done


def test_processes_commit_when_the_last_one_has_written(tmp_path):
    asked = []

    def any_of_all(what, flag):
        asked.append(flag)
        return len(asked) < 3  # another one is not done yet

    session = Session(folder=tmp_path)
    several = SimpleNamespace(hosts=SimpleNamespace(count=2, any=any_of_all), saving=session.saving)
    saver = Saver(several, TRAIN)
    saver.settle()
    assert asked == []
    saver.save(state_of(1), score=None)
    saver._pending[1]._end.result()
    for expected in ([], [], ["1"], ["1"]):
        saver.settle()
        assert [step for step in steps(tmp_path) if step != ".new"] == expected
    assert asked == [False] * 3


@pytest.mark.parametrize("is_settled", [True, False])
def test_a_disk_that_fills_up_beside_a_step_is_said_and_leaves_nothing(
    tmp_path, monkeypatch, is_settled
):
    def full(*args):
        raise OSError(28, "No space left on device")

    def run(step):
        with Saver(Session(folder=tmp_path), TRAIN) as saver:
            saver.save(state_of(step), score=None)
            while is_settled and saver._pending:
                saver.settle()

    run(1)
    monkeypatch.setattr(checkpoint, "_digested", full)
    with pytest.raises(DiskFullError, match="make room, and the same command goes on"):
        run(2)
    assert steps(tmp_path) == ["1"]
