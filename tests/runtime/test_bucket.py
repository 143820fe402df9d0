import re
from pathlib import Path

import pytest

from vsdpo_jax.runtime.bucket import Bucket, BucketError, Entry, is_url

URL = "gs://bucket/runs/a"


@pytest.fixture
def bucket(gcs):
    return Bucket(URL)


@pytest.mark.parametrize(
    ("url", "expected"),
    [(URL, URL), (f"{URL}/", URL), ("gs:/bucket/runs/a", URL), ("gs://bucket//b", "gs://bucket/b")],
)
def test_a_folder_has_one_address(gcs, url, expected):
    assert Bucket(url).url == expected


@pytest.mark.parametrize(
    "url", ["gs://bucket", "gs://bucket/", "gs://B/a", "gs://bu/", "s3://bucket/a", "gs:///a",
            "gs://bucket/a?b=c"],
)  # fmt: skip
def test_what_is_no_folder_of_a_bucket_is_refused(url):
    with pytest.raises(BucketError, match=rf"^{re.escape(url)}: use gs://BUCKET/FOLDER"):
        Bucket(url)


@pytest.mark.parametrize(("place", "expected"), [
    (URL, True), (Path(URL), True), ("s3://b/a", True), ("runs/a", False), ("/runs/gs:", False),
])  # fmt: skip
def test_addresses_and_folders_are_told_apart(place, expected):
    assert is_url(place) is expected


def test_without_the_extra_it_is_said_which_one(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "gcsfs", None)
    with pytest.raises(BucketError, match=r"need gcsfs; pip install 'vsdpo_jax\[gcs\]'"):
        Bucket(URL)


def test_what_is_written_is_read_and_listed_below_the_folder_alone(bucket, gcs, tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    Bucket("gs://bucket/runs/ab").write({"other": b""})
    bucket.write({"b/one": b"1" * 9, "b/c/two": tmp_path / "x", "three": b""})
    assert gcs.names() == ["runs/a/b/c/two", "runs/a/b/one", "runs/a/three", "runs/ab/other"]
    assert bucket.read("b/c/two") == b"abc"
    assert bucket.read("three") == b""
    assert bucket.read("b") is None
    assert {name: entry.size for name, entry in bucket.find().items()} == {
        "b/c/two": 3, "b/one": 9, "three": 0,
    }  # fmt: skip
    assert list(bucket.find("b/")) == ["b/c/two", "b/one"]
    assert bucket.find("nothing/") == {}
    assert bucket.folders("") == ["b", "three"]
    assert bucket.folders("b/") == ["c", "one"]
    assert dict(bucket.read_all(["three", "none", "b/one"])) == {"three": b"", "b/one": b"1" * 9}


def test_a_listing_is_never_an_old_one(bucket):
    for count in range(3):
        assert len(bucket.find()) == count
        bucket.write({f"{count}": b"x"})


def test_deletion(bucket, gcs):
    bucket.write({"b/one": b"1", "b0": b"", "b/two": b"2", "c": b""})
    bucket.delete(["c", "never there"])
    bucket.delete_folder("b/")
    assert gcs.names() == ["runs/a/b0"]
    for wrong, words in (("b", "slash"), ("", "all would go")):
        with pytest.raises(ValueError, match=words):
            bucket.delete_folder(wrong)


def test_entries_that_tell_less_are_compared_by_what_both_tell(bucket):
    bucket.write({"a": b"x", "b": b"x", "c": b"y"})
    a, b, c = bucket.find().values()
    assert a.is_same(b)
    assert not a.is_same(c)
    assert a.is_same(Entry(a.size, a.crc32c))
    assert not a.is_same(Entry(a.size, a.crc32c, "other"))


def test_of_two_who_replace_an_object_one_is_told_that_it_was_late(bucket, gcs):
    content, absent = bucket.read_version("a")
    assert content is None
    first = bucket.swap("a", b"1", absent)
    assert bucket.swap("a", b"2", absent) is None
    second = bucket.swap("a", b"2", first)
    assert second not in (None, first)
    assert bucket.swap("a", None, first) is None
    assert bucket.read("a") == b"2"
    assert bucket.swap("a", None, second) is not None
    assert gcs.names() == []


def test_a_request_whose_answer_was_lost_is_known_as_ones_own(bucket, gcs):
    _, absent = bucket.read_version("a")
    answers = iter([-503])  # done, and said to have failed
    gcs.faults = lambda method, name, data: next(answers, None) if method == "POST" else None
    generation = bucket.swap("a", b"1", absent)
    assert bucket.swap("a", b"2", generation) is not None


def test_failures_that_pass_are_waited_for(bucket, gcs):
    answers = iter([503, 429])
    gcs.faults = lambda *_: next(answers, None)
    bucket.write({"a": b"1"})
    assert bucket.read("a") == b"1"
    assert next(answers, None) is None


@pytest.mark.parametrize(("status", "remedy"), [
    (403, "storage.objectUser"), (401, "gcloud auth application-default login"),
    (400, "the same command tries again"),
])  # fmt: skip
def test_a_refusal_names_the_bucket_and_the_remedy(bucket, gcs, status, remedy):
    gcs.faults = lambda *_: status
    for call in (lambda: bucket.write({"a": b""}), lambda: bucket.read("a"), bucket.find):
        with pytest.raises(BucketError, match=rf"^{URL}: cannot .*{remedy}") as caught:
            call()
        assert "\n" not in str(caught.value)
