import json
import threading

import jax.numpy as jnp
import pytest

from configs import mini_chart
from vsdpo_jax.core.inputs import TrainState
from vsdpo_jax.run import sessions
from vsdpo_jax.run.settings import from_config
from vsdpo_jax.runtime import bucket_lock
from vsdpo_jax.runtime.bucket import Bucket, BucketError
from vsdpo_jax.runtime.files import DamagedFileError
from vsdpo_jax.runtime.hosts import ALONE, HostsError
from vsdpo_jax.runtime.workdir import SESSIONS, WorkdirError


def settings(**leaves):
    config = mini_chart.get_config()
    for name, value in leaves.items():
        group, leaf = name.split("__")
        config[group][leaf] = value
    return from_config(config)


def lines(workdir):
    return [json.loads(line) for line in (workdir / SESSIONS).read_text().splitlines()]


def test_run_id_and_commit_are_noted_with_every_start(tmp_path, monkeypatch):
    monkeypatch.setenv("VSDPO_RUN_ID", "run-7")
    monkeypatch.setenv("VSDPO_COMMIT", "abc")
    with sessions.claim(tmp_path, settings(), ALONE) as work:
        assert not work.workdir.is_resumed
        assert work.name(tmp_path / "x") == str(tmp_path / "x")
        (tmp_path / "metrics.jsonl").touch()
    monkeypatch.delenv("VSDPO_COMMIT")
    with sessions.claim(tmp_path, settings(), ALONE):
        pass
    first, second = lines(tmp_path)
    assert (first["run_id"], first["commit"]) == ("run-7", "abc")
    assert (second["run_id"], second["commit"]) == ("run-7", "")
    assert first["session"] != second["session"]
    assert len(first["processes"]) == 1


def test_another_kind_of_store_is_refused_and_no_folder_of_its_name_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BucketError, match=r"s3://bucket/run: use gs://.*mount the bucket"):
        sessions.claim("s3://bucket/run", settings(), ALONE).__enter__()
    assert list(tmp_path.iterdir()) == []


URL = "gs://bucket/run"


def state_of(step):
    return TrainState(
        params={"a": jnp.arange(4.0) + step}, opt_state={}, step=jnp.int32(step),
        teacher_params=None,
    )  # fmt: skip


def test_a_run_in_a_bucket_goes_on_with_all_that_it_had(gcs):
    with sessions.claim(URL, settings(), ALONE) as session:
        assert not session.workdir.is_resumed
        assert session.folder.name == "run"
        assert int(session.restore(state_of(0)).step) == 0
        (session.folder / "metrics.jsonl").write_text('{"step": 0}\n')
        session.save(state_of(1), keep=1)
        (session.folder / "eval").mkdir()
        (session.folder / "eval" / "a.jsonl").write_text("")
        assert session.name(session.folder / "eval" / "a.jsonl") == f"{URL}/eval/a.jsonl"
    assert not session.folder.exists()
    assert {name for name in gcs.names() if not name.startswith("run/data/1-")} == {
        f"run/{name}" for name in (
            "checkpoints/1/MANIFEST.json", "config.json", "elapsed.json", "eval/a.jsonl",
            "metrics.jsonl", "sessions.jsonl",
        )
    }  # fmt: skip
    Bucket(URL).write({"data/2-x/half": b"a session that was killed"})
    with sessions.claim(URL, settings(), ALONE) as session:
        assert session.workdir.is_resumed
        assert len(lines(session.folder)) == 2
        assert (session.folder / "metrics.jsonl").read_text() == '{"step": 0}\n'
        assert (session.folder / "eval" / "a.jsonl").exists()
        assert int(session.restore(state_of(0)).step) == 1
    assert "run/data/2-x/half" not in gcs.names()


def test_rows_are_in_the_bucket_before_the_checkpoint_that_counts_on_them(gcs):
    with sessions.claim(URL, settings(), ALONE) as session:
        (session.folder / "metrics.jsonl").write_text('{"step": 0}\n')
        gcs.log.clear()
        session.save(state_of(1), keep=1)
        written = [name.removeprefix("run/") for method, name in gcs.log if method == "POST"]
        order = [
            written.index(next(name for name in reversed(written) if name.startswith(start)))
            for start in ("data/", "lock.json", "metrics.jsonl", "checkpoints/1/")
        ]
        assert order == sorted(order)


def test_another_run_is_refused_with_the_address_of_the_bucket_and_changes_nothing(gcs):
    with sessions.claim(URL, settings(), ALONE) as session:
        (session.folder / "metrics.jsonl").touch()
    before = dict(gcs.objects)
    words = rf"^workdir {URL} belongs to a run with other settings:\n  config.credit.alpha"
    with pytest.raises(WorkdirError, match=words):
        sessions.claim(URL, settings(credit__alpha=2.0), ALONE).__enter__()
    assert gcs.objects == before
    with (
        pytest.raises(ValueError, match="no"),
        sessions.claim("gs://bucket/new", settings(), ALONE),
    ):
        raise ValueError("no")
    assert gcs.names("new/") == ["new/elapsed.json"]


def test_a_session_that_lost_its_run_writes_nothing_more(gcs, monkeypatch):
    monkeypatch.setattr(bucket_lock, "STALE_S", 0.2)
    with pytest.raises(BucketError, match="another process took this run over"):  # noqa: PT012
        with sessions.claim(URL, settings(), ALONE) as session:
            (session.folder / "metrics.jsonl").write_text('{"step": 0}\n')
            with sessions.claim(URL, settings(), ALONE) as other:
                other.save(state_of(1), keep=1)
                before = dict(gcs.objects)
                session.save(state_of(2), keep=1)
    assert "run/checkpoints/2/MANIFEST.json" not in gcs.names()
    assert gcs.objects.keys() >= before.keys() - {("bucket", "run/lock.json")}
    assert "run/metrics.jsonl" not in gcs.names()


def test_a_damaged_row_is_said_with_the_address_of_the_bucket(gcs):
    with sessions.claim(URL, settings(), ALONE) as session:
        (session.folder / "metrics.jsonl").write_text("x\n")
    with pytest.raises(DamagedFileError, match=rf"^{URL}/metrics.jsonl, line 1"):
        sessions.claim(URL, settings(), ALONE).__enter__()


def test_a_refused_run_leaves_no_session(tmp_path):
    with pytest.raises(ValueError, match="no"), sessions.claim(tmp_path, settings(), ALONE):
        raise ValueError("no")
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == [
        "elapsed.json"
    ]


@pytest.mark.parametrize(
    "leaves", [{"mesh__fsdp": 2}, {"train__num_microbatches": 2}, {"train__stop_within_s": 9.0}]
)
def test_the_same_run_goes_on_on_another_machine(tmp_path, leaves):
    with sessions.claim(tmp_path, settings(), ALONE):
        (tmp_path / "metrics.jsonl").touch()
    with sessions.claim(tmp_path, settings(**leaves), ALONE) as work:
        assert work.workdir.is_resumed
    group, leaf = next(iter(leaves)).split("__")
    now = json.loads((tmp_path / "config.json").read_text())
    assert now[group][leaf] == next(iter(leaves.values()))


def test_the_first_line_of_a_resumed_run_says_from_where_and_what_has_changed(tmp_path, capsys):
    def claimed(**leaves):
        with sessions.claim(tmp_path, settings(**leaves), ALONE):
            (tmp_path / "metrics.jsonl").touch()
        return capsys.readouterr().err

    assert claimed() == ""
    assert claimed() == "", "no step was saved yet"
    (tmp_path / "checkpoints" / "12").mkdir(parents=True)
    assert claimed() == f"resumed: {tmp_path}, 12 of 24 steps are done\n"
    assert claimed(mesh__fsdp=2, train__keep_best=1) == (
        f"resumed: {tmp_path}, 12 of 24 steps are done; config.mesh.fsdp: 1 there, 2 now; "
        "config.train.keep_best: 0 there, 1 now\n"
    )


def test_another_process_of_a_bucket_has_a_folder_of_its_own_and_the_sessions_name(gcs):
    Bucket(URL).write({SESSIONS: b'{"session": "x"}\n'})
    with sessions.claim(URL, settings(), Other()) as session:
        assert session.folder.is_dir()
        assert session.workdir is None
        assert session.remote.session == "x"
        session.publish()
    assert gcs.names() == [f"run/{SESSIONS}"]


class Other:
    """The second of two processes, told of a session by the first."""

    index, count, is_first, names = 1, 2, False, ["a (process 0)", "b (process 1)"]

    def check_same(self, values):
        self.values = values

    def broadcast(self, what, data):
        return b'{"session": "x"}'


def test_another_process_looks_whether_it_sees_the_same_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(sessions, "_SEEN_WITHIN_S", 0.2)
    words = "b .process 1. does not see there what a .process 0. wrote; use a folder that all hosts"
    with pytest.raises(HostsError, match=words), sessions.claim(tmp_path, settings(), Other()):
        pass
    monkeypatch.setattr(sessions, "_SEEN_WITHIN_S", 20)
    late = threading.Timer(0.2, (tmp_path / SESSIONS).write_text, ['{"session": "x"}\n'])
    late.start()
    other = Other()
    with sessions.claim(tmp_path, settings(), other) as work:
        assert work.workdir is None
        assert work.folder == tmp_path
    assert other.values["config"]["seed"] == 0
    assert len(other.values["code"]) == 16
