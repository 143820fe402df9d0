"""What is written comes one file after the other, and of arrays one at a time."""

from __future__ import annotations

import json
import weakref
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from tiny_qwen import same_params

from vsdpo_jax.models.qwen3_vl import names, weights, writing
from vsdpo_jax.models.qwen3_vl.weights import WeightsError
from vsdpo_jax.models.qwen3_vl.writing import Deferred

LIMIT = 60_000


class Arrays:
    """Deferred arrays of a tree, and how many of its matrices of layers there were at a time."""

    def __init__(self, params: Any):
        self.most = self.reads = 0
        self._held: list[weakref.ref[np.ndarray]] = []
        self.tree = jax.tree.map(self._deferred, params)

    def _deferred(self, leaf: Any) -> Deferred:
        def read() -> np.ndarray:
            array = np.array(leaf)
            if array.ndim == 3:
                self._held.append(weakref.ref(array))
            held = sum(one() is not None for one in self._held)
            self.most, self.reads = max(self.most, held), self.reads + 1
            return array

        return Deferred(shape=leaf.shape, dtype=np.dtype(leaf.dtype), read=read)


def test_the_host_holds_one_array_and_one_file(folder: Path, tmp_path: Path) -> None:
    params, config = weights.load(folder)
    arrays = Arrays(params)
    (tmp_path / "out").mkdir()
    order = []
    for path in writing.write(tmp_path / "out", arrays.tree, config, max_shard_bytes=LIMIT):
        assert {one.name for one in path.parent.iterdir()} == {path.name}
        order.append((path.name, path.read_bytes()))
        path.unlink()
    assert arrays.reads == len(jax.tree.leaves(params))
    assert arrays.most == 1
    kinds = [name for name, _ in order]
    assert kinds[-2:] == [weights.INDEX_FILE, "config.json"]
    assert len(kinds) > 6
    for name, content in order:
        (tmp_path / "out" / name).write_bytes(content)
    same_params(weights.load(tmp_path / "out")[0], params)
    index = json.loads((tmp_path / "out" / weights.INDEX_FILE).read_text())
    assert set(index["weight_map"].values()) == set(kinds[:-2])


def test_a_checkpoint_is_opened_without_reading_its_arrays(
    reference: tuple[Any, Path], tmp_path: Path
) -> None:
    params, config = weights.load(reference[1])
    with weights.opened(reference[1]) as tree:
        assert jax.tree.map(lambda leaf: leaf.shape, tree) == jax.tree.map(np.shape, params)
        weights.save(tmp_path / "out", tree, config)
    same_params(weights.load(tmp_path / "out")[0], params)
    with weights.opened(reference[1], dtype="bfloat16") as tree:
        half = {path: leaf.read() for path, leaf in names.flatten(tree).items()}
    same_params(names.unflatten(half), weights.load(reference[1], dtype="bfloat16")[0])


def test_what_does_not_fit_is_said_before_anything_is_read(folder: Path, tmp_path: Path) -> None:
    params, config = weights.load(folder)
    arrays = Arrays(params | {"norm": params["norm"][:7]})
    with pytest.raises(WeightsError, match=r"norm is \[7\], the config asks for \[64\]"):
        list(writing.write(tmp_path, arrays.tree, config))
    assert arrays.reads == 0
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_process_that_is_not_the_first_writes_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gathering from devices of several real processes: tests/run/test_processes.py."""
    params, config = weights.load(folder)
    arrays = Arrays(params)
    monkeypatch.setattr(jax, "process_index", lambda: 1)
    weights.save(tmp_path / "out", arrays.tree, config)
    assert arrays.reads == len(jax.tree.leaves(params))
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
