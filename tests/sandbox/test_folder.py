"""Measuring and emptying a folder that somebody filled with ill intent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vsdpo_jax.sandbox import folder


def test_usage_counts_bytes_and_entries(tmp_path: Path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "x").write_bytes(bytes(100_000))
    os.sync()
    used, count = folder.usage(str(tmp_path), 100)
    assert count == 2
    assert 100_000 <= used < 130_000


def test_usage_stops_counting(tmp_path: Path):
    for i in range(50):
        (tmp_path / str(i)).touch()
    assert folder.usage(str(tmp_path), 10)[1] > 10


def test_usage_of_a_folder_that_is_gone(tmp_path: Path):
    assert folder.usage(str(tmp_path / "none"), 10) == (0, 0)


def test_usage_sees_deleted_open_files(tmp_path: Path):
    with open(tmp_path / "x", "wb") as file:
        file.write(bytes(1 << 20))
        file.flush()
        (tmp_path / "x").unlink()
        os.sync()
        assert folder.usage(str(tmp_path), 10, os.getpid())[0] >= 1 << 20
        assert folder.usage(str(tmp_path), 10)[0] == 0


def test_usage_follows_no_links(tmp_path: Path):
    (tmp_path / "root").symlink_to("/")
    assert folder.usage(str(tmp_path), 10)[1] == 1


@pytest.mark.parametrize("depth", [1, 3, 1500])
def test_empty_at_any_depth(tmp_path: Path, depth: int):
    top = tmp_path / "top"
    top.mkdir()
    before = os.getcwd()
    try:
        os.chdir(top)
        for _ in range(depth):
            Path("file").touch()
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(before)
    folder.empty(str(top))
    assert list(top.iterdir()) == []
    folder.remove(top)
    assert not top.exists()
    folder.remove(top)


def test_empty_follows_no_links_and_ignores_permissions(tmp_path: Path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "x").touch()
    top = tmp_path / "top"
    (top / "closed" / "inner").mkdir(parents=True)
    (top / "link").symlink_to(kept)
    (top / "closed" / "link").symlink_to(kept)
    (top / "closed").chmod(0)
    folder.empty(str(top))
    assert list(top.iterdir()) == []
    assert (kept / "x").exists()
