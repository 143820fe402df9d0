"""What an untrusted process may send."""

from __future__ import annotations

import json

import pytest

from vsdpo_jax.benchmarks.chartmimic.trace import MOST_ITEMS, InvalidTrace, decode

GOOD = {
    "texts": [["a", True]], "layout": [[1, 1, 0, 0, 0, 0]], "types": {"bar": 1},
    "all_types": {}, "colors": [["bar", "#FF0000"]], "all_colors": [], "versions": {"x": "1"},
}  # fmt: skip


def test_a_good_payload_is_read():
    assert decode(json.dumps(GOOD).encode()).types == {"bar": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"texts": [["a"]]}, {"texts": [["a", 1]]}, {"texts": "a"}, {"layout": [[1, 1]]},
        {"layout": [[1.0, 1, 0, 0, 0, 0]]}, {"types": {"bar": -1}}, {"types": {"bar": True}},
        {"types": []}, {"colors": [["bar", 1]]}, {"versions": {"x": 1}}, {"more": 1},
        {"texts": [["a", True]] * (MOST_ITEMS + 1)},
    ],
    ids=str,
)  # fmt: skip
def test_anything_else_is_refused(change):
    with pytest.raises(InvalidTrace):
        decode(json.dumps({**GOOD, **change}).encode())


@pytest.mark.parametrize("payload", [b"", b"[", b"[" * 100_000, b"\xff", b"null"])
def test_what_is_no_json_is_refused(payload):
    with pytest.raises(InvalidTrace):
        decode(payload)
