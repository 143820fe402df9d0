import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from vsdpo_jax.runtime import files
from vsdpo_jax.runtime.files import read_json, write_atomic, write_shared


def test_the_new_content_replaces_the_old_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    write_atomic(path, '{"a": "ü"}')
    write_atomic(path, b'{"a": 2}')
    assert read_json(path) == {"a": 2}
    assert os.listdir(tmp_path) == ["a.json"]


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_atomic(path, "[1]")

    def fail(_fd):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomic(path, "[1, 2, 3]")
    assert read_json(path) == [1]
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_file_that_is_no_json_is_named(tmp_path):
    (tmp_path / "a.json").write_text('{"a": ')
    with pytest.raises(ValueError, match=r"a\.json: this is no JSON"):
        read_json(tmp_path / "a.json")
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "b.json")


def test_writers_of_one_path_do_not_get_in_each_others_way(tmp_path):
    path = tmp_path / "new" / "a.json"

    def write(number):
        for _ in range(20):
            write_shared(path, str(number).encode() * 50_000)
            assert len(set(path.read_bytes())) == 1

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    assert os.listdir(path.parent) == ["a.json"]


def test_other_code_has_another_digest(tmp_path, monkeypatch):
    package = tmp_path / "vsdpo_jax"
    (package / "runtime").mkdir(parents=True)
    (package / "a.py").write_text("x = 1")
    monkeypatch.setattr(files, "__file__", str(package / "runtime" / "files.py"))
    before = files.digest_of_modules()
    assert before == files.digest_of_modules()
    (package / "a.py").write_text("x = 2")
    assert files.digest_of_modules() != before
