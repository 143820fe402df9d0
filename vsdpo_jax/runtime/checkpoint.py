"""Checkpoints of a run: the train state under ``workdir/checkpoints/<step>``, by Orbax.

Saving is synchronous. On CPU Orbax writes from the arrays' own buffers, and the next update is
given those buffers to overwrite; a resumed run has to equal the uninterrupted one bit for bit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import orbax.checkpoint as ocp

from vsdpo_jax.runtime.workdir import Workdir, WorkdirError, claim_workdir

__all__ = ["Workdir", "WorkdirError", "claim_workdir", "latest_step", "restore", "save"]


def latest_step(workdir: Path) -> int | None:
    """The step of the newest whole checkpoint, or None."""
    if not (workdir / "checkpoints").is_dir():
        return None
    with _manager(workdir) as manager:
        return manager.latest_step()


def save(workdir: Path, state: Any, *, keep: int) -> None:
    """Save ``state`` under its own step; keep the newest ``keep`` checkpoints.

    A checkpoint is whole or absent. A step that is there already is left as it is.

    Args:
      workdir: of the run.
      state: pytree of arrays with a scalar attribute ``step``.
      keep: checkpoints that stay, 1 or more.
    """
    with _manager(workdir, keep=keep) as manager:
        step = int(state.step)
        if step not in manager.all_steps():
            manager.save(step, args=ocp.args.StandardSave(state), force=True)


def restore(workdir: Path, state: Any) -> Any:
    """The newest checkpoint, or ``state`` itself where there is none.

    Args:
      workdir: of the run.
      state: pytree of arrays, or of jax.ShapeDtypeStruct with shardings: structure, shapes, types
        and places of what comes back.

    Raises:
      WorkdirError: the checkpoint holds other parameters than this run has, or is damaged.
    """
    step = latest_step(workdir)
    if step is None:
        return state
    place = workdir / "checkpoints" / str(step)
    abstract = jax.tree.map(ocp.utils.to_shape_dtype_struct, state)
    with _manager(workdir) as manager:
        try:
            saved = manager.item_metadata(step)
            if saved is None:
                raise ValueError("its description is missing")
            _check_same_leaves(saved, state, place)
            return manager.restore(step, args=ocp.args.StandardRestore(abstract))
        except (ValueError, OSError) as error:
            raise WorkdirError(
                f"{place}: this checkpoint is damaged ({str(error)[:200]}); delete it to go on "
                "from the one before"
            ) from error


def _manager(workdir: Path, keep: int | None = None) -> ocp.CheckpointManager:
    return ocp.CheckpointManager(
        (workdir / "checkpoints").absolute(),
        options=ocp.CheckpointManagerOptions(
            max_to_keep=keep,
            enable_async_checkpointing=False,
            cleanup_tmp_directories=True,  # what a killed run left half written
        ),
        item_handlers=ocp.StandardCheckpointHandler(),
    )


def _check_same_leaves(saved: Any, state: Any, place: Path) -> None:
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
