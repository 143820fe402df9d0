import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import NamedSharding, PartitionSpec

from vsdpo_jax.core.step import TrainState
from vsdpo_jax.runtime import bucket_checkpoint
from vsdpo_jax.runtime.bucket import Bucket, BucketError
from vsdpo_jax.runtime.bucket_checkpoint import check, leave_out_orphans, restore, steps
from vsdpo_jax.runtime.mesh import make_mesh
from vsdpo_jax.runtime.workdir import WorkdirError

URL = "gs://bucket/run"


def state_of(step, width=8):
    params = {"a": jnp.arange(float(width)) + step, "b": jnp.full((4, 4), step, jnp.bfloat16)}
    return TrainState(
        params=params, opt_state={"m": jnp.ones(3) * step}, step=jnp.int32(step),
        teacher_params=None,
    )  # fmt: skip


FRESH = state_of(0)


def assert_identical(left, right):
    for one, other in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


def save(bucket, step, *, keep=2, commit=lambda: None, session="s", **options):
    state = state_of(step)
    bucket_checkpoint.save(bucket, state, session=session, commit=commit, keep=keep, **options)


@functools.cache
def of_three_steps(server):
    """Objects of a run with the checkpoints 2 and 3."""
    bucket = Bucket(URL)
    for step in (1, 2, 3):
        save(bucket, step)
    return dict(server.objects)


@pytest.fixture
def bucket(gcs):
    gcs.objects.update(of_three_steps(gcs))
    return Bucket(URL)


def test_without_a_checkpoint_the_run_starts_fresh(gcs):
    assert restore(Bucket(URL), FRESH) is FRESH
    assert gcs.names() == []


def test_the_newest_comes_back_bit_for_bit_and_old_ones_have_left_nothing(bucket, gcs):
    assert_identical(restore(bucket, FRESH), state_of(3))
    assert steps(bucket) == [2, 3]
    assert bucket.folders("data/") == ["2-s", "3-s"]
    manifest, more = check(bucket, 2)
    assert (manifest.step, manifest.data, manifest.score, more) == (2, "data/2-s", None, [])
    gcs.log.clear()
    save(bucket, 3)  # is there
    assert {method for method, _ in gcs.log} == {"GET"}


def test_the_best_are_kept_beside_the_newest(gcs):
    bucket = Bucket(URL)
    for step, score in enumerate([0.1, 0.9, None, 0.8, 0.2], start=1):
        save(bucket, step, keep=1, keep_best=2, score=score)
    assert steps(bucket) == [2, 4, 5]
    assert bucket.folders("data/") == ["2-s", "4-s", "5-s"]
    assert check(bucket, 2)[0].score == 0.9


def test_a_checkpoint_is_read_onto_another_mesh(bucket):
    split = NamedSharding(make_mesh(1, 2, 1, jax.devices()[:2]), PartitionSpec("fsdp"))
    state = state_of(0)
    state.params["a"] = jax.device_put(state.params["a"], split)
    restored = restore(bucket, state)
    assert len(restored.params["a"].sharding.device_set) == 2
    assert_identical(restored, state_of(3))


@pytest.mark.parametrize("moment", ["data/4-s/default/manifest", "checkpoints/4", "commit"])
def test_whatever_fails_before_the_manifest_is_there_leaves_the_last_good_one(bucket, gcs, moment):
    def commit():
        if moment == "commit":
            raise BucketError("the lock is lost")

    gcs.faults = lambda method, name, data: (
        400 if method == "POST" and name.startswith(f"run/{moment}") else None
    )
    with pytest.raises(BucketError, match=r"gs://bucket/run: cannot write|the lock is lost"):
        save(bucket, 4, commit=commit)
    gcs.faults = lambda *_: None
    assert steps(bucket) == [2, 3]
    assert_identical(restore(bucket, FRESH), state_of(3))
    assert "4-s" in bucket.folders("data/")
    leave_out_orphans(bucket)
    assert bucket.folders("data/") == ["2-s", "3-s"]
    save(bucket, 4, session="t")
    assert_identical(restore(bucket, FRESH), state_of(4))


def test_of_two_processes_that_save_one_step_the_second_is_told(bucket):
    def meanwhile():
        save(bucket, 4, session="other")

    with pytest.raises(BucketError, match="another process has saved step 4 meanwhile"):
        save(bucket, 4, commit=meanwhile)
    assert check(bucket, 4)[0].data == "data/4-other"
    leave_out_orphans(bucket)
    assert_identical(restore(bucket, FRESH), state_of(4))


def damage(gcs, kind):
    """Of the checkpoint 3; what is said about it."""
    with gcs.lock:
        names = [key for key in gcs.objects if key[1].startswith("run/data/3-s/default/")]
        key = next(key for key in names if key[1].endswith("/_METADATA"))
        manifest = ("bucket", "run/checkpoints/3/MANIFEST.json")
        generation, content = gcs.objects[key]
        if kind == "missing":
            del gcs.objects[key]
        elif kind == "cut":
            gcs.objects[key] = generation, content[:-1]
        elif kind == "flipped":
            gcs.objects[key] = generation, bytes([content[0] ^ 1]) + content[1:]
        elif kind == "manifest":
            gcs.objects[manifest] = 1, gcs.objects[manifest][1][:-9]
        elif kind == "renamed":
            gcs.objects[manifest] = gcs.objects["bucket", "run/checkpoints/2/MANIFEST.json"]
        elif kind == "none":
            gcs.objects[manifest] = 1, b"[]"
    return {
        "missing": "default/_METADATA is missing", "cut": "default/_METADATA is not what was",
        "flipped": "default/_METADATA is not what was", "renamed": "it is of step 2 and has been",
    }.get(kind, "")  # fmt: skip


@pytest.mark.parametrize("kind", ["missing", "cut", "flipped", "manifest", "renamed", "none"])
def test_a_damaged_one_is_said_and_set_aside_and_the_one_before_used(bucket, gcs, kind, capsys):
    words = damage(gcs, kind)
    assert_identical(restore(bucket, FRESH), state_of(2))
    said = capsys.readouterr().err
    assert f"{URL}/checkpoints/3: this checkpoint is damaged ({words}" in said
    assert "it is 3.damaged now, and the run goes on from update 2" in said
    assert bucket.folders("checkpoints/") == ["2", "3.damaged"]
    leave_out_orphans(bucket)
    assert "3-s" in bucket.folders("data/") or kind == "renamed"
    save(bucket, 3, session="t")
    assert_identical(restore(bucket, FRESH), state_of(3))


def test_nothing_is_changed_where_all_are_damaged(bucket, gcs):
    for key in [key for key in gcs.objects if key[1].endswith("/_METADATA")]:
        del gcs.objects[key]
    before = gcs.names()
    with pytest.raises(WorkdirError, match="and there is no good one before it; delete gs://buck"):
        restore(bucket, FRESH)
    assert gcs.names() == before


def test_objects_that_nobody_wrote_are_said(bucket, capsys):
    bucket.write({"data/3-s/default/note.txt": b"x"})
    restore(bucket, FRESH)
    assert "default/note.txt is not written by this run and not read" in capsys.readouterr().err


def test_a_checkpoint_of_another_model_is_refused_and_stays(bucket):
    with pytest.raises(WorkdirError, match=r"gs://.*another model or optimizer:\n  params/a: .*8"):
        restore(bucket, state_of(0, width=9))
    assert steps(bucket) == [2, 3]


def test_a_manifest_says_where_its_objects_are(bucket):
    """For people: one can copy a checkpoint by hand."""
    values = json.loads(bucket.read("checkpoints/3/MANIFEST.json"))
    assert values["data"] == "data/3-s"
    assert values["files"].keys() == {
        name.removeprefix("data/3-s/") for name in bucket.find("data/3-s/")
    }
