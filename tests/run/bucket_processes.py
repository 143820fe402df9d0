"""One of several processes that save a state in a bucket and read it back, without a model.

python bucket_processes.py URL STEP saves STEP + 1 checkpoints, the last of them STEP, after what it
finds there; prints the step that it found.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

from configs import mini_chart
from vsdpo_jax.core.inputs import TrainState
from vsdpo_jax.run import command, sessions
from vsdpo_jax.run.settings import from_config
from vsdpo_jax.runtime import hosts as all_hosts
from vsdpo_jax.runtime import mesh as meshes

ROWS = 8


def state_of(step: int, mesh: jax.sharding.Mesh) -> TrainState:
    """Rows of one array are dealt out to the processes, another is the same everywhere."""

    def put(value: np.ndarray, *axes: str) -> jax.Array:
        place = NamedSharding(mesh, PartitionSpec(*axes))
        return jax.make_array_from_callback(value.shape, place, lambda index: value[index])

    rows = np.arange(ROWS * 3.0, dtype=np.float32).reshape(ROWS, 3) + 100 * step
    return TrainState(
        params={"split": put(rows, "fsdp"), "same": put(rows[0])}, opt_state={},
        step=put(np.int32(step)), teacher_params=None,
    )  # fmt: skip


def main(argv: list[str]) -> None:
    url, last = argv[1], int(argv[2])
    settings = from_config(mini_chart.get_config())
    with all_hosts.start("env") as hosts, sessions.claim(url, settings, hosts) as session:
        mesh = meshes.make_mesh(1, jax.device_count(), 1)
        meshes.meet(mesh)
        found = session.restore(state_of(0, mesh))
        step = int(found.step)
        expected = state_of(step, mesh)
        for have, want in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
            for one, other in zip(have.addressable_shards, want.addressable_shards, strict=True):
                np.testing.assert_array_equal(one.data, other.data)
        for number in range(step + 1, last + 1):
            if hosts.is_first:
                with (session.folder / "metrics.jsonl").open("a") as file:
                    file.write(f'{{"step": {number - 1}}}\n')
            session.save(state_of(number, mesh), keep=1)
        sys.stdout.write(f"found {step}\n")


if __name__ == "__main__":
    command.guard(main, sys.argv)
