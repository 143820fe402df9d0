"""Readings of references that are kept: used again, not mixed up, safe to share."""

from __future__ import annotations

import json
import sys

import pytest

from vsdpo_jax.benchmarks import references
from vsdpo_jax.benchmarks.base import Outcome, Request, load_benchmark
from vsdpo_jax.benchmarks.references import References, surroundings

CHARTS = load_benchmark("chartmimic")
REQUEST = Request(room="room", source="x")
READ = Outcome(status="ok", reading={"text": "é", "n": [1, 2.5]}, cpu_s=3.0)


def kept(folder, around="a", warn=None):
    return References(folder, around, warn or pytest.fail)


def test_a_reading_comes_back_where_nothing_has_changed(tmp_path):
    cache = kept(tmp_path / "new")
    assert cache.get(REQUEST, {"x": 1}) is None
    cache.put(REQUEST, {"x": 1}, READ)
    again = kept(tmp_path / "new")
    assert again.get(REQUEST, {"x": 1}) == Outcome(status="ok", reading=READ.reading)
    assert again.known == 1
    for request, options, around in (
        (Request(room="room", source="y"), {"x": 1}, "a"),
        (Request(room="other", source="x"), {"x": 1}, "a"),
        (REQUEST, {"x": 2}, "a"),
        (REQUEST, {"x": 1}, "b"),
    ):
        assert kept(tmp_path / "new", around).get(request, options) is None


def test_what_failed_is_not_kept_and_a_damaged_file_is_none(tmp_path):
    cache = kept(tmp_path)
    cache.put(REQUEST, {}, Outcome(status="limit", error="cpu limit"))
    assert not list(tmp_path.iterdir())
    cache.put(REQUEST, {}, READ)
    (path,) = tmp_path.rglob("*.json")
    for damaged in (path.read_text()[:-3], "", "[]", '{"reading": 1}', '{"other": {}}'):
        path.write_text(damaged)
        assert cache.get(REQUEST, {}) is None
    cache.put(REQUEST, {}, READ)
    assert cache.get(REQUEST, {}) is not None


def test_a_folder_that_cannot_be_written_is_said_once_and_stops_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    said = []
    cache = kept(tmp_path / "file" / "below", warn=said.append)
    for source in ("x", "y"):
        cache.put(Request(room="room", source=source), {}, READ)
        assert cache.get(Request(room="room", source=source), {}) is None
    (words,) = said
    assert words.startswith("readings of references cannot be kept for the next time: ")


def test_what_a_reading_depends_on_is_told_apart(tmp_path, monkeypatch):
    usual = surroundings(CHARTS, None)
    assert usual == surroundings(CHARTS, sys.executable)
    other = tmp_path / "python"
    other.write_text(f"#!/bin/sh\necho '{json.dumps(['3.9', ['matplotlib==3.8.4']])}'\n")
    other.chmod(0o755)
    assert usual != surroundings(CHARTS, str(other))
    monkeypatch.setattr(references, "digest_of_modules", lambda: "other code")
    assert usual != surroundings(CHARTS, None)
