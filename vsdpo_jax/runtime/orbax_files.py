"""Arrays of a checkpoint, written and read by Orbax, on a disk or in a bucket."""

from __future__ import annotations

import contextlib
import gc
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import orbax.checkpoint as ocp
from etils import epath

from vsdpo_jax.runtime.workdir import WorkdirError


def write(folder: Path | epath.Path, state: Any) -> None:
    """Write ``state`` to ``folder``, which is not there; all processes call this together."""
    with _orbax() as orbax:
        orbax.save(folder, args=ocp.args.StandardSave(state))


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
    with _orbax() as orbax:
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
def _orbax() -> Iterator[ocp.Checkpointer]:
    """Orbax, quiet about failures that we turn into a sentence: it logs a trace for each thread,
    and tasks on loops that it has closed complain once more when they are collected."""
    logger, hook = logging.getLogger("absl"), sys.unraisablehook
    loud, orbax = logger.level, ocp.Checkpointer(ocp.StandardCheckpointHandler())
    logger.setLevel(logging.CRITICAL)
    try:
        yield orbax
    except Exception:
        sys.unraisablehook = lambda _: None
        raise
    finally:
        orbax.close()
        if sys.unraisablehook is not hook:
            gc.collect()
            sys.unraisablehook = hook
        logger.setLevel(loud)


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
