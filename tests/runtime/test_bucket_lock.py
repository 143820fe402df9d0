import json
import threading
import time

import pytest

from vsdpo_jax.runtime import bucket_lock
from vsdpo_jax.runtime.bucket import Bucket, BucketError
from vsdpo_jax.runtime.bucket_lock import NAME, BucketLock


@pytest.fixture
def bucket(gcs, monkeypatch):
    monkeypatch.setattr(bucket_lock, "STALE_S", 0.6)
    monkeypatch.setattr(bucket_lock, "BEAT_S", 0.1)
    return Bucket("gs://bucket/run")


@pytest.fixture
def silent(monkeypatch):
    """Owners that do not write again by themselves."""
    monkeypatch.setattr(BucketLock, "_beat", lambda self: None)


def test_two_at_a_time_are_refused_and_one_after_the_other_is_not(bucket, gcs, capsys):
    lock = BucketLock(bucket, "one")
    words = r"workdir gs://bucket/run: another run is working there \(process \d+ of .*another --w"
    with pytest.raises(BucketError, match=words):
        BucketLock(bucket, "two")
    assert "whether it still works is seen within 0.9 s" in capsys.readouterr().err
    lock.check()
    lock.release()
    lock.release()
    assert gcs.names() == []
    BucketLock(bucket, "two").release()
    assert capsys.readouterr().err == ""


def test_the_lock_of_a_dead_owner_is_taken_over_and_the_owner_told_if_it_comes_back(
    bucket, gcs, silent
):
    dead = BucketLock(bucket, "dead")
    started = time.monotonic()
    lock = BucketLock(bucket, "next")
    assert 0.6 <= time.monotonic() - started < 30
    assert json.loads(bucket.read(NAME))["session"] == "next"
    words = "another process took this run over.* had not written for 0.6 s; process .* goes on"
    for _ in range(2):
        with pytest.raises(BucketError, match=words):
            dead.check()
    dead.release()  # which is not its own to take away
    assert gcs.names() == ["run/lock.json"]
    lock.check()


def test_of_many_who_come_at_once_one_gets_it(bucket, silent):
    del silent
    BucketLock(bucket, "dead")
    got, refused = [], []

    def come(number):
        try:
            got.append(BucketLock(bucket, str(number)))
        except BucketError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=come, args=[number]) for number in range(5)]
    for thread in threads:
        thread.start()
    # The winner works from now on: the others have to see it.
    while any(thread.is_alive() for thread in threads):
        for lock in got:
            lock.check()
        time.sleep(0.05)
    assert len(got) == 1
    assert len(refused) == 4
    assert all("another run is working there" in text for text in refused)


def test_an_owner_that_lets_go_while_another_waits_is_followed_at_once(bucket, monkeypatch, silent):
    monkeypatch.setattr(bucket_lock, "STALE_S", 60)
    lock = BucketLock(bucket, "one")
    threading.Timer(0.3, lock.release).start()
    started = time.monotonic()
    BucketLock(bucket, "two").release()
    assert time.monotonic() - started < 30


def test_a_bucket_that_cannot_be_reached_for_a_while_loses_nothing(bucket, gcs):
    lock = BucketLock(bucket, "one")
    gcs.faults = lambda *_: 400
    time.sleep(0.3)
    with pytest.raises(BucketError, match="cannot write"):
        lock.check()
    gcs.faults = lambda *_: None
    lock.check()
    lock.release()
    assert gcs.names() == []


def test_a_lock_that_is_no_record_is_described_as_it_is(bucket):
    bucket.write({NAME: b"\xff nonsense"})
    BucketLock(bucket, "one").release()
