import pytest

from vsdpo_jax.runtime.bucket import Bucket, BucketError
from vsdpo_jax.runtime.spool import Spool


@pytest.fixture
def bucket(gcs):
    return Bucket("gs://bucket/run")


def open_spool(bucket, folder):
    folder.mkdir()
    spool = Spool(folder, bucket)
    spool.fetch()
    return spool


def fill(folder):
    (folder / "episodes" / "step_0").mkdir(parents=True)
    for name in ("metrics.jsonl", "episodes/step_0.jsonl", "episodes/step_0.npz",
                 "episodes/step_0/000.png", ".lock"):  # fmt: skip
        (folder / name).write_text(name)


def test_files_come_back_as_they_were_and_what_is_of_others_stays(bucket, gcs, tmp_path):
    spool = open_spool(bucket, tmp_path / "a")
    fill(spool.folder)
    bucket.write({"checkpoints/1/MANIFEST.json": b"", "data/1-x/y": b"", "lock.json": b""})
    spool.publish()
    again = open_spool(bucket, tmp_path / "b")
    names = [str(path.relative_to(again.folder)) for path in again.folder.rglob("*")
             if path.is_file()]  # fmt: skip
    assert sorted(names) == [
        "episodes/step_0.jsonl", "episodes/step_0.npz", "episodes/step_0/000.png", "metrics.jsonl",
    ]  # fmt: skip
    assert all((again.folder / name).read_text() == name for name in names)
    gcs.log.clear()
    again.publish()
    assert gcs.log == []
    assert len(gcs.names()) == 4 + 3


def test_what_changed_goes_up_and_what_is_gone_here_goes_there(bucket, gcs, tmp_path):
    spool = open_spool(bucket, tmp_path / "a")
    fill(spool.folder)
    spool.publish()
    (spool.folder / "metrics.jsonl").write_text("more")
    (spool.folder / "episodes" / "step_0" / "000.png").unlink()
    (spool.folder / "episodes" / "step_0.jsonl").unlink()
    gcs.log.clear()
    spool.publish()
    assert [(method, name.removeprefix("run/")) for method, name in gcs.log] == [
        ("DELETE", "episodes/step_0.jsonl"), ("DELETE", "episodes/step_0/000.png"),
        ("POST", "metrics.jsonl"),
    ]  # fmt: skip
    assert gcs.names() == ["run/episodes/step_0.npz", "run/metrics.jsonl"]


def test_files_that_say_that_others_are_whole_come_last(bucket, gcs, tmp_path):
    spool = open_spool(bucket, tmp_path / "a")
    fill(spool.folder)
    gcs.faults = lambda method, name, data: 400 if name.endswith(".npz") else None
    with pytest.raises(BucketError, match="cannot write to it"):
        spool.publish()
    assert gcs.names() == ["run/episodes/step_0/000.png"]
    gcs.faults = lambda *_: None
    spool.publish()
    assert len(gcs.names()) == 4
