import os

import pytest

from vsdpo_jax.runtime.files import read_json, write_atomic


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
