"""The loop on the shipped model: real programs, renders and updates, at the smallest size."""

import contextlib
import dataclasses
import errno
import gc
import json
import math
import os
import re
import resource
import shutil
import signal
import subprocess
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import pytest

from configs import mini_chart
from vsdpo_jax import train
from vsdpo_jax.core.inputs import TrainState
from vsdpo_jax.domains.prompts import TemplateError
from vsdpo_jax.endpoint.budget import BudgetSpent
from vsdpo_jax.records import Diagnosis, Judged, Render, Rollout, Task
from vsdpo_jax.run import opening, stages
from vsdpo_jax.run.sessions import Session
from vsdpo_jax.run.settings import SettingsError, from_config
from vsdpo_jax.run.sharing import Share
from vsdpo_jax.runtime import checkpoint, orbax_files
from vsdpo_jax.runtime.episodes import read_episode
from vsdpo_jax.runtime.metrics import MetricsWriter, Progress, StageClock, read_metrics
from vsdpo_jax.runtime.stop import StoppedError
from vsdpo_jax.runtime.workdir import DiskFullError, WorkdirError, full_disk_is_said

STEPS = 2
MEASURED = ("seconds", "tokens_per_second", "sampler/compiles", "compiles/", "host/",
            "update/tflops", "bytes/checkpoint")  # fmt: skip
"""Columns about the machine, not about the run."""


def settings(**leaves):
    config = mini_chart.get_config()
    for name, value in {
        "rollout.prompts_per_step": 2, "rollout.group_size": 4, "rollout.eval_batch": 8,
        "data.num_heldout": 8, "train.num_steps": STEPS, "train.checkpoint_every": 1,
        "log.episode_images": 2, **leaves,
    }.items():  # fmt: skip
        group, leaf = name.split(".")
        config[group][leaf] = value
    return from_config(config)


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("runs") / "straight"
    train.train(settings(), workdir)
    return workdir


def newest(workdir):
    """The leaves of the newest checkpoint, as Orbax saved them."""
    step = checkpoint.latest_step(workdir)
    with ocp.Checkpointer(ocp.StandardCheckpointHandler()) as orbax:
        folder = workdir / "checkpoints" / str(step) / checkpoint.STATE
        return step, jax.tree.leaves(orbax.restore(folder.absolute()))


@pytest.mark.slow
def test_a_run_leaves_summary_metrics_episodes_and_report(straight):
    summary = json.loads((straight / "summary.json").read_text())
    assert set(summary) == {"before", "after", "seconds", "seed"}
    for entry in (summary["before"], summary["after"]):
        assert set(entry) == {"score", "exec_rate", "axes", "num_tasks", "stderr"}
        assert 0 <= entry["score"] <= 100
        assert entry["num_tasks"] == 8
        assert "content" in entry["axes"]
    rows = read_metrics(straight / "metrics.jsonl")
    assert [row["step"] for row in rows] == [0, 1]
    for name in (
        "reward", "exec_rate", "axis/content", "kl/credited", "kl/other", "weight/q90",
        "importance/stale_mean", "policy/entropy", "grad/norm", "groups/flat_fraction",
        "length/mean", "seconds/6_update", "tokens_per_second", "teacher/dropped",
    ):  # fmt: skip
        assert name in rows[0], name
    assert rows[1]["update/skipped"] == 0
    # Of 8 rollouts: ids, masks, weights, old log-probabilities of both readers' columns.
    assert 8 * 4 * (336 + 464) < rows[0]["bytes/batch_to_device"] < 4 * 8 * 4 * (336 + 464)
    assert 0 < rows[0]["bytes/prompts_to_device"] < rows[0]["bytes/batch_to_device"]
    assert rows[0]["bytes/checkpoint"] == rows[1]["bytes/checkpoint"] > 1e6
    # The sampler and the trainer are two programs over one model: they must agree on log-probs.
    assert rows[0]["policy/behaviour_gap"] < 1e-3
    page = (straight / "report.html").read_text()  # names addresses of the config, asks none
    assert not re.search(r"""(src|href|action)\s*=\s*["']?\s*https?:|url\(["']?https?:""", page)


@pytest.mark.slow
def test_an_episode_holds_what_a_stage_needs_to_run_again(straight):
    samples = read_episode(straight / "episodes", "step_00001")
    assert len(samples) == 8
    for sample in samples:
        again, weight_T = stages.assign_credit(sample.rollout, sample.judged, 4.0)
        np.testing.assert_array_equal(weight_T, sample.weight_T)
        assert [s.responsibility for s in again] == [s.responsibility for s in sample.statements]
        assert sample.rollout.policy_version == 1
    groups = {}
    for sample in samples:
        groups.setdefault(sample.rollout.group_id, []).append(sample.advantage)
    for advantages in groups.values():
        assert math.isclose(sum(advantages), 0, abs_tol=1e-5)


@pytest.mark.slow
def test_a_resumed_run_is_the_run_that_was_interrupted(straight, tmp_path, monkeypatch):
    calls = []

    def interrupted(*args):
        calls.append(args)
        if len(calls) > 2 + 1:  # the evaluation before, step 0, step 1
            raise KeyboardInterrupt
        return original(*args)

    original = stages.encode_prompts
    monkeypatch.setattr(stages, "encode_prompts", interrupted)
    calls.append(None)
    with pytest.raises(KeyboardInterrupt):
        train.train(settings(), tmp_path / "run")
    monkeypatch.undo()
    assert checkpoint.latest_step(tmp_path / "run") == 1
    train.train(settings(), tmp_path / "run")

    for have, want in zip(newest(tmp_path / "run")[1], newest(straight)[1], strict=True):
        np.testing.assert_array_equal(have, want)
    have, want = (
        json.loads((folder / "summary.json").read_text()) for folder in (tmp_path / "run", straight)
    )
    assert {**have, "seconds": 0} == {**want, "seconds": 0}
    timeless = [
        [{name: row[name] for name in row if not name.startswith(MEASURED)} for row in rows]
        for rows in (
            read_metrics(tmp_path / "run" / "metrics.jsonl"),
            read_metrics(straight / "metrics.jsonl"),
        )
    ]
    assert timeless[0] == timeless[1]


@pytest.mark.slow
def test_a_run_with_several_epochs_after_a_warm_start_is_resumed_where_it_was(tmp_path):
    chosen = settings(**{
        "train.num_steps": 3, "train.warm_up_steps": 1, "train.epochs_per_batch": 2,
        "train.keep_checkpoints": 9, "data.references": True,
    })  # fmt: skip
    with opening.open_run(chosen) as run:
        train.improve(run, run.fresh_state(), Session(folder=tmp_path))
        want = newest(tmp_path)
        assert want[0] == 1 + 2 + 2
        rows = read_metrics(tmp_path / "metrics.jsonl")
        shutil.rmtree(tmp_path / "checkpoints" / "5")
        state = checkpoint.restore(tmp_path, run.fresh_state())
        assert state.step == 1 + 2
        train.improve(run, state, Session(folder=tmp_path))
        again = checkpoint.restore(tmp_path, run.fresh_state())
        train.improve(run, again, Session(folder=tmp_path))  # is finished
    assert newest(tmp_path)[0] == want[0]
    for have, expected in zip(newest(tmp_path)[1], want[1], strict=True):
        np.testing.assert_array_equal(have, expected)
    resumed = read_metrics(tmp_path / "metrics.jsonl")
    assert [row["step"] for row in resumed] == [0, 1, 2]
    assert ["reward" in row for row in resumed] == [False, True, True]
    assert [row["loss/total"] for row in resumed] == [row["loss/total"] for row in rows]


@pytest.mark.slow
def test_a_finished_run_is_not_done_again(straight, capsys):
    before = (straight / "metrics.jsonl").read_text()
    train.train(settings(), straight)
    assert (straight / "metrics.jsonl").read_text() == before
    assert "held-out tasks" in capsys.readouterr().out


@pytest.mark.slow
def test_another_runs_folder_is_left_alone(straight):
    with pytest.raises(WorkdirError, match="credit"):
        train.train(settings(**{"credit.alpha": 1.0}), straight)


def small_run(**leaves):
    """A run whose updates are additions: everything around them is real."""
    chosen = settings(**{"train.num_steps": 5, "train.checkpoint_every": 2, **leaves})

    def fresh_state():
        return TrainState(params=jnp.zeros(2**10), opt_state=None, step=jnp.zeros((), jnp.int32))

    return SimpleNamespace(settings=chosen, fresh_state=fresh_state, share=Share(), is_spent=bool)


def add(run, state, step, clock, workdir):
    del run, clock, workdir
    params = state.params + jnp.sin(step + state.params)
    return dataclasses.replace(state, params=params, step=state.step + 1), {
        "reward": float(params[0]), "exec_rate": 1.0, "seconds/1_prompts": 0.0,
    }  # fmt: skip


def improved(run, workdir):
    session = Session(folder=workdir)
    state = train.improve(run, session.restore(run.fresh_state()), session)
    rows = read_metrics(workdir / "metrics.jsonl")
    return np.asarray(state.params), [
        {name: row[name] for name in row if not name.startswith(MEASURED)} for row in rows
    ]


@pytest.fixture(scope="module")
def small_straight(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "update", add)
        return improved(small_run(), tmp_path_factory.mktemp("small"))


class KilledError(BaseException):
    """The process ends here, whatever anybody would have caught."""


def improved_until(call, patch, workdir):
    """As ``improved``, until the process ends before the ``call``-th of its writes."""
    places = [(orbax_files, "Writing"), (checkpoint, "_write_sums"), (checkpoint, "sync_folder"),
              (MetricsWriter, "write"), (Progress, "update")]  # fmt: skip
    calls = iter(range(10**6))

    def ending(original):
        def write(*args, **options):
            if next(calls) == call:
                raise KilledError
            return original(*args, **options)

        return write

    for owner, name in places:
        patch.setattr(owner, name, ending(getattr(owner, name)))
    return improved(small_run(), workdir)


@pytest.mark.parametrize(("why", "error"), [("after", StoppedError), ("budget", BudgetSpent)])
def test_a_stopped_run_saves_and_goes_on(tmp_path, monkeypatch, small_straight, why, error):
    def stopping(run, state, step, clock, workdir):
        run.share.stop.is_requested = step == 2 and why == "after"
        run.is_spent = lambda: step == 2 and why == "budget"
        return add(run, state, step, clock, workdir)

    monkeypatch.setattr(train, "update", stopping)
    with pytest.raises(error, match=f"{why}.* step 3 of 5.* is saved"):
        improved(small_run(), tmp_path)
    assert checkpoint.latest_step(tmp_path) == 3  # every second step is saved as a rule
    monkeypatch.setattr(train, "update", add)
    found = improved(small_run(), tmp_path)
    np.testing.assert_equal(found, small_straight)


@pytest.mark.parametrize("call", range(0, 36, 3))  # a checkpoint takes 9
def test_wherever_a_run_is_killed_it_ends_with_the_same_rows_and_weights(
    tmp_path, monkeypatch, small_straight, call
):
    monkeypatch.setattr(train, "update", add)
    with monkeypatch.context() as patch, pytest.raises(KilledError):
        improved_until(call, patch, tmp_path)
    params, rows = improved(small_run(), tmp_path)
    np.testing.assert_array_equal(params, small_straight[0])
    assert rows == small_straight[1]
    assert [row["step"] for row in rows] == list(range(5))


def test_after_a_damaged_checkpoint_the_rows_are_those_of_an_unbroken_run(
    tmp_path, monkeypatch, small_straight, capsys
):
    monkeypatch.setattr(train, "update", add)
    improved(small_run(), tmp_path)
    assert sorted(p.name for p in (tmp_path / "checkpoints").iterdir()) == ["4", "5"]
    (tmp_path / "checkpoints" / "5" / "default" / "_METADATA").write_text("")
    params, rows = improved(small_run(), tmp_path)
    np.testing.assert_array_equal(params, small_straight[0])
    assert rows == small_straight[1]
    assert "checkpoints/5: this checkpoint is damaged" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["deleted", "cut", "zeroed"])
def test_rows_that_cannot_be_made_again_are_missed_aloud(tmp_path, monkeypatch, capsys, damage):
    monkeypatch.setattr(train, "update", add)
    improved(small_run(), tmp_path)
    file = tmp_path / "metrics.jsonl"
    data = file.read_bytes()
    if damage == "deleted":
        file.unlink()
    else:
        last = data.rindex(b"\n", 0, -1) + 1
        file.write_bytes(data[:-5] if damage == "cut" else data[:last] + bytes(len(data) - last))
    capsys.readouterr()
    _, rows = improved(small_run(), tmp_path)
    lost, which = ("5", "0, 1, 2, 3, 4") if damage == "deleted" else ("1", "4")
    words = f"lacks the rows of {lost} of the 5 steps that are done ({which}): it was cut"
    assert words in capsys.readouterr().err
    assert len(rows) == 5 - int(lost)


@contextlib.contextmanager
def small_disk(folder):
    """A file system of 2 MiB at ``folder``; where none can be mounted, files of at most 1 MiB."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if (
        os.geteuid() == 0
        and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    ):
        try:
            yield
        finally:
            subprocess.run(["umount", str(folder)], check=True)
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


# A save that failed leaves coroutines of Orbax, which complain of a closed loop when collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_full_disk_is_a_sentence_and_the_run_goes_on_with_room(
    tmp_path, monkeypatch, capfd, small_straight
):
    def wide():
        noise = jax.random.normal(jax.random.key(0), (2**20,))  # 4 MiB that no packing makes less
        return TrainState(params=noise, opt_state=None, step=jnp.zeros((), jnp.int32))

    run, workdir = small_run(), tmp_path / "full"
    monkeypatch.setattr(train, "update", add)
    with small_disk(workdir):
        run.fresh_state = wide
        with pytest.raises(DiskFullError) as caught, full_disk_is_said(workdir):
            improved(run, workdir)
        words = rf"{workdir}/checkpoints: .* for a checkpoint of 4 MiB \(\d+ MiB are free there\); "
        assert re.match(words + "make room, and the same command goes on", str(caught.value))
        assert "\n" not in str(caught.value)
        gc.collect()
        said = capfd.readouterr().err
        assert {line[:4] for line in said.splitlines()} == {"step"}  # those that were done
        assert list((workdir / "checkpoints").iterdir()) == []
        # Step 2 is saved beside those that follow, and the next save waits for it.
        assert 2 <= len(read_metrics(workdir / "metrics.jsonl")) <= 4
        params, rows = improved(small_run(), workdir)  # with room
        np.testing.assert_array_equal(params, small_straight[0])
        assert rows == small_straight[1]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_no_room_for_a_row_is_a_sentence_too(tmp_path, monkeypatch, number):
    monkeypatch.setattr(train, "update", add)

    def full(*args):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(MetricsWriter, "write", full)
        with pytest.raises(DiskFullError, match="make room, and"), full_disk_is_said(tmp_path):
            improved(small_run(), tmp_path)
    with pytest.raises(OSError, match="Input/output error"), full_disk_is_said(tmp_path):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    assert len(improved(small_run(), tmp_path)[1]) == 5


@dataclasses.dataclass(frozen=True)
class FakeBatch:
    advantages: np.ndarray
    reference_logp_BT: object = None
    nbytes: int = 0


REWARDS = (1.0, 0.5, 0.0, 0.5, 0.2, 0.2, 0.2, 0.8)


def one_step(monkeypatch, workdir, asked=None, **leaves):
    """train.update on rollouts and rewards made up; the state after it, and the batches it took.

    Whether the references are targets of the reward is added to ``asked``.
    """
    chosen, taken = settings(**leaves), []
    rollouts = [
        Rollout(
            task_id="t", group_id=row // 4, sample_id=row % 4, policy_version=0, text="a = 1",
            tokens_T=np.zeros(5, np.int32), logp_T=np.zeros(5, np.float32), stop_reason="stop",
            offsets_T2=np.array([(i, i + 1) for i in range(5)], np.int32),
        )
        for row in range(8)
    ]  # fmt: skip
    judged = [
        Judged(
            render=Render(status="program_error", error="TRACE"),
            diagnosis=Diagnosis(
                rubric={}, scores={}, defects=(), feedback="", r_exec=1.0, r_vis=reward
            ),
        )
        for reward in REWARDS
    ]
    made = {"encode_prompts": [], "sample_rollouts": rollouts, "encode_teacher": None}

    def judge_rollouts(*args, has_targets, looks, judge):
        if asked is not None:
            asked.append(has_targets)
        return judged

    monkeypatch.setattr(stages, "judge_rollouts", judge_rollouts)
    for name, value in made.items():
        monkeypatch.setattr(stages, name, lambda *args, value=value, **options: value)

    def train_step(state, batch):
        taken.append(batch)
        return dataclasses.replace(state, params="later", step=state.step + 1), {"loss/total": 0.0}

    run = SimpleNamespace(
        settings=chosen, processor=None, config=None, pool=None, looks=None, judge=None,
        root_key=jax.random.key(0),
        sampler=SimpleNamespace(num_compiles=1, prompt_bytes=5), policy=lambda trained: trained,
        tasks=SimpleNamespace(
            train=lambda step, count: [Task(task_id="t", domain="chart", brief="Draw.")] * count
        ),
        share=Share(), initial_trained="initial", reference_logp=lambda trained, batch: trained,
        make_batch=lambda *args, advantages, **rows: FakeBatch(advantages),
        train_step=train_step,
    )  # fmt: skip
    state = TrainState(params="current", opt_state=None, step=np.int32(7))
    state, _ = train.update(run, state, 5, StageClock(), workdir)
    return state, taken


@pytest.mark.parametrize("epochs", [1, 3])
def test_a_step_makes_as_many_updates_as_it_has_epochs(monkeypatch, tmp_path, epochs):
    state, taken = one_step(monkeypatch, tmp_path, **{"train.epochs_per_batch": epochs})
    assert state.step == 7 + epochs
    assert len(taken) == epochs
    assert all(batch is taken[0] for batch in taken)


def test_the_reference_is_the_weights_before_the_first_update(monkeypatch, tmp_path):
    _, (batch,) = one_step(monkeypatch, tmp_path, **{"objective.reference_kl": 0.1})
    assert batch.reference_logp_BT == "initial"
    _, (batch,) = one_step(monkeypatch, tmp_path)
    assert batch.reference_logp_BT is None  # a pass that nobody needs is not made


@pytest.mark.parametrize(("source", "is_target"), [("lab", False), ("tasks.jsonl", True)])
def test_references_are_targets_in_files_of_tasks_and_not_in_the_lab(
    monkeypatch, tmp_path, source, is_target
):
    asked = []
    leaves = {"data.train": source, "data.references": True}
    one_step(monkeypatch, tmp_path, asked=asked, **leaves)
    assert asked == [is_target]


@pytest.mark.parametrize("is_divided", [True, False])
def test_advantages_are_divided_by_the_deviation_where_that_is_asked_for(
    monkeypatch, tmp_path, is_divided
):
    _, (batch,) = one_step(monkeypatch, tmp_path, **{"objective.normalize_std": is_divided})
    reward_PG = np.reshape(REWARDS, (2, 4))
    expected_PG = reward_PG - reward_PG.mean(axis=1, keepdims=True)
    if is_divided:
        expected_PG /= reward_PG.std(axis=1, ddof=1, keepdims=True)
    np.testing.assert_allclose(batch.advantages, expected_PG.reshape(-1), rtol=1e-4)


@pytest.mark.parametrize(
    ("leaf", "value", "error", "words"),
    [
        ("data.domain", "sculpture", SettingsError, r"config\.data\.domain: 'sculpture'.*chart"),
        ("model.path", "/nowhere/at/all", SettingsError, "no such folder"),
        ("rubric.weights", {"clpi": 1.0}, SettingsError, r"config\.rubric\.weights: .*'clpi'"),
        ("teacher.templates", "defualt", TemplateError, "config.teacher.templates = 'defualt'"),
        ("teacher.context", "reference", SettingsError, r"config\.data\.references = False"),
        ("train.warm_up_steps", 1, SettingsError, r"config\.data\.references = False"),
        ("mesh.data", 3, SettingsError, "mesh"),
    ],
)
def test_what_cannot_work_is_said_before_work_starts(tmp_path, leaf, value, error, words):
    config = mini_chart.get_config()
    group, name = leaf.split(".")
    with config.unlocked():
        del config[group][name]
        config[group][name] = value
    with pytest.raises(error, match=words):
        train.train(from_config(config), tmp_path / "run")
    assert not (tmp_path / "run" / "metrics.jsonl").exists()
    assert not (tmp_path / "run" / "eval").exists()
