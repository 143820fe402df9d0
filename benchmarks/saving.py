"""How long a run stands still for its checkpoints, written beside its steps and not.

    python benchmarks/saving.py --mib=256 --steps=4

A state of so many MiB (random numbers, as weights look to a compressor) is updated by products of
matrices for about --seconds and saved after every update, by the code of a run. Prints, for both
ways, seconds on the clock of a step, seconds of it that it stood still, and processor seconds.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
import time
from pathlib import Path

import jax
import jax.numpy as jnp

from configs import mini_chart
from vsdpo_jax.core.inputs import TrainState
from vsdpo_jax.run.saver import Saver
from vsdpo_jax.run.sessions import Session
from vsdpo_jax.run.settings import from_config

SIDE = 1024


@jax.jit
def _work(x_II: jax.Array, times: int) -> jax.Array:
    return jax.lax.fori_loop(0, times, lambda _, x: jnp.tanh(x @ x_II), x_II)


def measure(mib: int, steps: int, seconds: float, is_async: bool) -> None:
    """Print one way's figures."""
    update = jax.jit(
        lambda state, by: state.replace(params=state.params + by, step=state.step + 1),
        donate_argnums=0,
    )
    key = jax.random.key(0)
    state = TrainState(
        params=jax.random.normal(key, (mib, 2**18)), opt_state=None, step=jnp.int32(0)
    )
    x_II = jax.random.normal(key, (SIDE, SIDE)) / SIDE
    _work(x_II, 1).block_until_ready()
    begun = time.perf_counter()
    _work(x_II, 10).block_until_ready()
    times = max(int(10 * seconds / (time.perf_counter() - begun)), 1)
    state = jax.block_until_ready(update(state, 0.0))
    train = dataclasses.replace(
        from_config(mini_chart.get_config()).train, async_checkpoints=is_async, keep_checkpoints=1
    )
    with tempfile.TemporaryDirectory() as folder:
        begun, used = time.perf_counter(), time.process_time()
        with Saver(Session(folder=Path(folder)), train) as saver:
            for _ in range(steps):
                by = _work(x_II, times)[0, 0]
                state = jax.block_until_ready(update(state, by))
                saver.settle()
                saver.save(state, score=None)
        whole, waited = time.perf_counter() - begun, saver.waited_s()
        used = time.process_time() - used
    name = "beside" if is_async else "still"
    print(
        f"{name:>7}: {whole / steps:6.2f} s a step, {waited / steps:6.2f} of them for its "
        f"checkpoint, {used / steps:6.2f} processor seconds"
    )


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--mib", type=int, default=256)
    made.add_argument("--steps", type=int, default=4)
    made.add_argument("--seconds", type=float, default=3.0)
    return made


def main() -> None:
    values = parser().parse_args()
    for is_async in (False, True):
        measure(values.mib, values.steps, values.seconds, is_async)


if __name__ == "__main__":
    main()
