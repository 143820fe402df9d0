"""Arrays of a checkpoint, written and read by Orbax, on a disk or in a bucket.

Writing begins with copies on the host, and goes on in threads while the arrays are updated.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, TypeVar

import jax
import jax.numpy as jnp
import orbax.checkpoint as ocp
from etils import epath

from vsdpo_jax.runtime.workdir import WorkdirError

_Result = TypeVar("_Result")
_TIMEOUT_S = 3600
"""Longest that processes wait for each other's files; by default a tenth of it, and a bucket may
take 200 s for what one host of a pod writes."""


class Writing(Generic[_Result]):
    """``state`` on its way to ``folder``; all processes make this together.

    When it has been made, ``state`` may be updated or its buffers given away: what is written is a
    copy on the host. Orbax makes it of what lies on accelerators; on CPU it would write from the
    arrays' own buffers, which the next update is given to overwrite.

    Args:
      folder: is not there.
      state: pytree of arrays.
      after: called in a thread when the files of all processes are whole.
    """

    def __init__(self, folder: Path | epath.Path, state: Any, after: Callable[[], _Result]):
        with contextlib.ExitStack() as stack:
            stack.enter_context(_quiet())
            orbax = ocp.AsyncCheckpointer(ocp.StandardCheckpointHandler(), timeout_secs=_TIMEOUT_S)
            stack.callback(orbax.close)
            orbax.save(folder, args=ocp.args.StandardSave(jax.tree.map(_kept, state)))

            def end() -> _Result:
                orbax.wait_until_finished()
                return after()

            threads = stack.enter_context(ThreadPoolExecutor(1, "saving"))
            self._end = threads.submit(end)
            self._stack = stack.pop_all()

    @property
    def is_done(self) -> bool:
        """Whether ``result`` answers at once."""
        return self._end.done()

    def result(self) -> _Result:
        """What ``after`` gave, or the error of whatever failed; waits for it."""
        with self._stack:
            return self._end.result()


def _kept(leaf: Any) -> Any:
    if not isinstance(leaf, jax.Array):
        return leaf
    is_on_cpu = any(device.platform == "cpu" for device in leaf.sharding.device_set)
    return jnp.copy(leaf) if is_on_cpu else leaf


def read(folder: Path | epath.Path, state: Any, place: str) -> Any:
    """The state in a folder whose files are good.

    Args:
      folder: where ``write`` put it.
      state: pytree of arrays or shapes with shardings: what comes back.
      place: of the checkpoint, for messages.

    Raises:
      WorkdirError: it is of another model, or Orbax cannot read it.
    """
    abstract = jax.tree.map(ocp.utils.to_shape_dtype_struct, state)
    with _quiet(), contextlib.closing(ocp.Checkpointer(ocp.StandardCheckpointHandler())) as orbax:
        try:
            saved = orbax.metadata(folder).item_metadata
            if saved is None:
                raise ValueError("its description is missing")
            _check_same_leaves(saved.tree, state, place)
            return orbax.restore(folder, args=ocp.args.StandardRestore(abstract))
        except WorkdirError:
            raise
        except Exception as error:  # Orbax raises what it likes
            raise WorkdirError(
                f"{place}: Orbax cannot read this checkpoint, although its files are as they were "
                f"written ({(str(error).splitlines() or [repr(error)])[0][:200]}): is there too "
                "little memory, or was it written by another version?"
            ) from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Orbax without its words about failures that we turn into a sentence: it logs a trace for each
    thread, and tasks on loops that it has closed complain once more when they are collected."""
    logger, hook = logging.getLogger("absl"), sys.unraisablehook
    logger.addFilter(_is_not_of_orbax)
    try:
        yield
    except Exception:
        sys.unraisablehook = lambda _: None
        gc.collect()
        raise
    finally:
        sys.unraisablehook = hook
        logger.removeFilter(_is_not_of_orbax)


def _is_not_of_orbax(record: logging.LogRecord) -> bool:
    return "orbax" not in record.pathname


def _check_same_leaves(saved: Any, state: Any, place: str) -> None:
    """Name all leaves whose shape or type differs: Orbax stops at the first, and casts types."""
    there, here = _shapes(saved), _shapes(state)
    wrong = [
        f"{name}: {there.get(name, 'absent')} there, {here.get(name, 'absent')} in this run"
        for name in sorted(there.keys() | here.keys())
        if there.get(name) != here.get(name)
    ]
    if wrong:
        more = f"\n  and {len(wrong) - 8} more" if len(wrong) > 8 else ""
        raise WorkdirError(
            f"{place}: this checkpoint is of another model or optimizer:\n  "
            + "\n  ".join(wrong[:8])
            + more
            + "\nGive another --workdir."
        )


def _shapes(tree: Any) -> dict[str, str]:
    return {
        jax.tree_util.keystr(path, simple=True, separator="/"): f"{leaf.dtype}{list(leaf.shape)}"
        for path, leaf in jax.tree.leaves_with_path(tree)
    }
