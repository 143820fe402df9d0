"""A run that is killed with SIGKILL at random moments, saves included, and started again each time.

python killing.py FOLDER KILLS SEED prints a line of JSON. Updates are additions, everything around
them is real. Lives are forked before JAX makes its threads, which saves the imports of each.
"""

from __future__ import annotations

import dataclasses
import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import jax
import jax.numpy as jnp
import numpy as np

from configs import mini_chart
from vsdpo_jax import train
from vsdpo_jax.core.inputs import TrainState
from vsdpo_jax.run.settings import from_config
from vsdpo_jax.run.sharing import Share
from vsdpo_jax.runtime import checkpoint

STEPS_A_LIFE = 3


def live(workdir: Path, num_steps: int) -> None:
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
    run: Any = SimpleNamespace(settings=from_config(config), share=Share())
    state = train.improve(run, checkpoint.restore(workdir, state), workdir)
    np.savez(workdir / "end.npz", *map(np.asarray, jax.tree.leaves(state)))


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


def start(workdir: Path, num_steps: int) -> int:
    child = os.fork()
    if child == 0:
        try:
            live(workdir, num_steps)
        except BaseException as error:
            sys.stderr.write(f"{error!r}\n")
            os._exit(1)
        os._exit(0)
    return child


def main(folder: Path, kills: int, seed: int) -> None:
    draw, num_steps = random.Random(seed), STEPS_A_LIFE * (kills + 1)
    (folder / "straight").mkdir()
    (folder / "killed").mkdir()
    child = start(folder / "straight", num_steps)
    begun: list[float] = []
    while len(begun) < num_steps:
        begun += [time.monotonic()] * len(os.read(TELL[0], 1))
    assert os.waitpid(child, 0)[1] == 0
    step_s = float(np.median(np.diff(begun)))
    done = 0
    for life in range(kills):
        child, target = start(folder / "killed", num_steps), STEPS_A_LIFE * (life + 1)
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
    child = start(folder / "killed", num_steps)
    assert os.waitpid(child, 0)[1] == 0
    arrays = [np.load(folder / name / "end.npz") for name in ("straight", "killed")]
    is_same = all(arrays[0][key].tobytes() == arrays[1][key].tobytes() for key in arrays[0].files)
    rows = [json.loads(line)["step"] for line in
            (folder / "killed" / "metrics.jsonl").read_text().splitlines()]  # fmt: skip
    damaged = [path.name for path in (folder / "killed" / "checkpoints").glob("*damaged*")]
    print(json.dumps({
        "kills": done, "same": is_same, "rows": rows == list(range(num_steps)), "damaged": damaged,
        "step_s": step_s,
    }))  # fmt: skip


TELL = os.pipe()

if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
