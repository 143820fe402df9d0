"""Answers on the disk."""

from __future__ import annotations

from vsdpo_jax.endpoint.cache import Cache
from vsdpo_jax.endpoint.chat import Answer


def test_an_answer_comes_back_whole_and_a_damaged_one_is_none(tmp_path):
    cache, answer = Cache(tmp_path / "new"), Answer(text="é", finish="stop", usage=(3, 4))
    assert cache.get("ab12") is None
    cache.put("ab12", answer)
    assert Cache(tmp_path / "new").get("ab12") == answer
    cache.put("ab13", Answer(text="x"))
    assert cache.get("ab13") == Answer(text="x")
    (path,) = tmp_path.rglob("ab12.json")
    for damaged in ("", "[]", '{"text": 1}', path.read_text()[:-5]):
        path.write_text(damaged)
        assert cache.get("ab12") is None
