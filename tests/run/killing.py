"""A run that is killed with SIGKILL at random moments, saves included, and started again each time.

python killing.py FOLDER KILLS SEED prints a line of JSON; with "bucket" behind it the run lives in
one, of a server that is not killed. Updates are additions, everything around
them is real. Lives are forked before JAX makes its threads, which saves the imports of each.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

import fake_gcs
import jax
import jax.numpy as jnp
import numpy as np

from configs import mini_chart
from vsdpo_jax import train
from vsdpo_jax.core.inputs import TrainState
from vsdpo_jax.run import sessions
from vsdpo_jax.run.settings import from_config
from vsdpo_jax.run.sharing import Share
from vsdpo_jax.runtime import bucket_lock
from vsdpo_jax.runtime.bucket import Bucket
from vsdpo_jax.runtime.hosts import ALONE
from vsdpo_jax.runtime.metrics import read_metrics

STEPS_A_LIFE = 3


def live(folder: Path, name: str, num_steps: int, place: str) -> None:
    """One life: from the last checkpoint to the end, each step told."""
    config = mini_chart.get_config()
    config.train.num_steps, config.train.checkpoint_every = num_steps, 1
    config.train.keep_best = 1
    state = TrainState(
        params={"a": jnp.zeros(2**16), "b": jnp.ones((2**8, 2**7))},
        opt_state={"average": jnp.zeros(2**16)}, step=jnp.zeros((), jnp.int32),
        teacher_params=None,
    )  # fmt: skip
    train.update = step
    run: Any = SimpleNamespace(settings=from_config(config), share=Share(), is_spent=lambda: False)
    with sessions.claim(f"{place}/{name}", run.settings, ALONE) as session:
        state = train.improve(run, session.restore(state), session)
        rows = read_metrics(session.folder / "metrics.jsonl")
        checkpoints = bucket.folders("checkpoints/") if (bucket := of_bucket(session)) else [
            path.name for path in (session.folder / "checkpoints").iterdir()
        ]  # fmt: skip
    np.savez(folder / f"{name}.npz", *map(np.asarray, jax.tree.leaves(state)))
    end = {"rows": [row["step"] for row in rows], "checkpoints": sorted(checkpoints)}
    (folder / f"{name}.json").write_text(json.dumps(end))


def of_bucket(session: sessions.Session) -> Bucket | None:
    return None if session.remote is None else session.remote.bucket


def step(run: Any, state: Any, number: int, clock: Any, workdir: Path) -> Any:
    del run, clock, workdir
    os.write(TELL[1], bytes([number % 256]))
    params = jax.tree.map(lambda x: x + jnp.sin(number + x), state.params)
    average = 0.9 * state.opt_state["average"] + 0.1 * params["a"]
    figures = {"reward": float(params["a"][0]), "exec_rate": 1.0, "seconds/1_prompts": 0.0}
    changed = dataclasses.replace(
        state, params=params, opt_state={"average": average}, step=state.step + 1
    )
    return changed, figures


def start(*life: Any) -> int:
    child = os.fork()
    if child == 0:
        try:
            live(*life)
        except BaseException as error:
            sys.stderr.write(f"{error!r}\n")
            os._exit(1)
        os._exit(0)
    return child


def main(folder: Path, kills: int, seed: int, place: str) -> None:
    draw, num_steps = random.Random(seed), STEPS_A_LIFE * (kills + 1)
    child = start(folder, "straight", num_steps, place)
    begun: list[float] = []
    while len(begun) < num_steps:
        begun += [time.monotonic()] * len(os.read(TELL[0], 1))
    assert os.waitpid(child, 0)[1] == 0
    step_s = float(np.median(np.diff(begun)))
    done = 0
    for life in range(kills):
        child, target = start(folder, "killed", num_steps, place), STEPS_A_LIFE * (life + 1)
        while os.read(TELL[0], 1)[0] < target - 1:
            pass
        time.sleep(draw.uniform(0, 2 * step_s))  # into the update, the row or the checkpoint
        os.kill(child, signal.SIGKILL)
        done += os.waitpid(child, 0)[1] == signal.SIGKILL
        os.set_blocking(TELL[0], False)
        try:
            os.read(TELL[0], 1000)
        except BlockingIOError:
            pass
        os.set_blocking(TELL[0], True)
    child = start(folder, "killed", num_steps, place)
    assert os.waitpid(child, 0)[1] == 0
    arrays = [np.load(folder / f"{name}.npz") for name in ("straight", "killed")]
    is_same = all(arrays[0][key].tobytes() == arrays[1][key].tobytes() for key in arrays[0].files)
    ends = [json.loads((folder / f"{name}.json").read_text()) for name in ("straight", "killed")]
    print(json.dumps({
        "kills": done, "same": is_same, "rows": ends[1]["rows"] == list(range(num_steps)),
        "checkpoints": ends[1]["checkpoints"], "step_s": step_s,
        "damaged": [name for name in ends[1]["checkpoints"] if "damaged" in name],
    }))  # fmt: skip


@contextlib.contextmanager
def bucket_server() -> Iterator[str]:
    """A server of its own process; the address of a folder of a bucket there."""
    command = [sys.executable, str(Path(fake_gcs.__file__))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        os.environ.update(fake_gcs.environment(one.stdout.readline().strip()))
        bucket_lock.STALE_S, bucket_lock.BEAT_S = 1.0, 0.2
        yield "gs://bucket/runs"
        one.terminate()


TELL = os.pipe()

if __name__ == "__main__":
    with bucket_server() if "bucket" in sys.argv else contextlib.nullcontext(sys.argv[1]) as where:
        main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), where)
