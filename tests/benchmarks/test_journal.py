"""Finished rows on the disk: kept, found again, never mixed with others'."""

from __future__ import annotations

import json

import pytest

from vsdpo_jax.benchmarks.journal import Journal, JournalError, digest_of
from vsdpo_jax.benchmarks.predictions import Row

HEADER = {"benchmark": "a", "edition": "b"}


def test_rows_are_found_again_and_a_line_cut_off_is_not(tmp_path):
    out = tmp_path / "new" / "out.jsonl"
    with Journal(out, HEADER) as journal:
        journal.add("one", {"id": "1"})
        journal.add("two", {"id": "2"})
    part = out.with_name("out.jsonl.part")
    part.write_bytes(part.read_bytes()[:-5])
    with Journal(out, HEADER) as journal:
        assert journal.is_resumed
        assert journal.done == {"one": {"id": "1"}}
        journal.add("two", {"id": "2"})
        journal.finish([{"id": "1"}, {"id": "2"}], keep=False)
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["1", "2"]
    assert not part.exists()
    with pytest.raises(JournalError, match="is there already, and whole"), Journal(out, HEADER):
        pass


def test_a_result_with_rows_to_try_again_goes_on(tmp_path):
    out = tmp_path / "out.jsonl"
    with Journal(out, HEADER) as journal:
        journal.add("one", {"id": "1"})
        journal.finish([{"id": "1"}, {"id": "2"}], keep=True)
    with Journal(out, HEADER) as journal:
        assert list(journal.done) == ["one"]


def test_rows_scored_otherwise_are_not_mixed_in(tmp_path):
    out = tmp_path / "out.jsonl"
    with Journal(out, HEADER) as journal:
        journal.add("one", {"id": "1"})
    with (
        pytest.raises(JournalError, match=r"otherwise \(edition: 'b' there, 'c' now\)"),
        Journal(out, {**HEADER, "edition": "c"}),
    ):
        pass
    with Journal(out, HEADER) as journal:
        assert journal.is_resumed


def test_one_process_at_a_time(tmp_path):
    out = tmp_path / "out.jsonl"
    with (
        Journal(out, HEADER),
        pytest.raises(JournalError, match="another process is writing"),
        Journal(out, HEADER),
    ):
        pass
    with pytest.raises(JournalError, match="is a folder"), Journal(tmp_path, HEADER):
        pass


def test_the_digest_depends_on_all_that_is_scored():
    row = Row(number=1, name="a", answer="b", reference="c")
    others = [
        Row(number=1, name="x", answer="b", reference="c"),
        Row(number=1, name="a", answer="x", reference="c"),
        Row(number=1, name="a", answer="b", reference=None),
    ]
    assert len({digest_of(each) for each in (row, *others)}) == 4
    assert digest_of(row) == digest_of(Row(number=9, name="a", answer="b", reference="c"))
