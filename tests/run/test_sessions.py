import json
import threading
from pathlib import Path

import pytest

from configs import mini_chart
from vsdpo_jax.run import sessions
from vsdpo_jax.run.settings import SettingsError, from_config
from vsdpo_jax.runtime.hosts import ALONE, HostsError
from vsdpo_jax.runtime.workdir import SESSIONS


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
        assert work is not None
        assert not work.is_resumed
        (tmp_path / "metrics.jsonl").touch()
    monkeypatch.delenv("VSDPO_COMMIT")
    with sessions.claim(tmp_path, settings(), ALONE):
        pass
    first, second = lines(tmp_path)
    assert (first["run_id"], first["commit"]) == ("run-7", "abc")
    assert (second["run_id"], second["commit"]) == ("run-7", "")
    assert first["session"] != second["session"]
    assert len(first["processes"]) == 1


def test_a_bucket_is_refused_and_no_folder_of_its_name_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = r"gs://bucket/run: a run's folder needs locks.*mount the bucket"
    with pytest.raises(SettingsError, match=words):
        sessions.claim(Path("gs://bucket/run"), settings(), ALONE).__enter__()
    assert list(tmp_path.iterdir()) == []


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
        assert work.is_resumed
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
        assert work is None
    assert other.values["config"]["seed"] == 0
    assert len(other.values["code"]) == 16


def test_other_code_has_another_digest(tmp_path, monkeypatch):
    package = tmp_path / "vsdpo_jax"
    (package / "run").mkdir(parents=True)
    (package / "a.py").write_text("x = 1")
    monkeypatch.setattr(sessions, "__file__", str(package / "run" / "sessions.py"))
    before = sessions.code_digest()
    assert before == sessions.code_digest()
    (package / "a.py").write_text("x = 2")
    assert sessions.code_digest() != before
