"""By which recipe a mini model is made, the folder that is for it, what is said before a start."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import jax

from vsdpo_jax.domains.base import Domain
from vsdpo_jax.runtime.files import read_json, write_atomic
from vsdpo_jax.runtime.workdir import WorkdirError

logger = logging.getLogger(__name__)

CACHE, RECIPE = "attempts.jsonl", "recipe.json"
"""In the workdir: a line for each task that was drawn; whose they are."""
_FIXED = ("domain", "seed", "attempts", "batch_tokens")
"""What programs and weights that are there depend on; with the others the same work goes on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """What decides the result.

    Attributes:
      seed: root of weights and documents.
      tasks, attempts: training tasks to render, random programs of each.
      million_tokens: to read, prompts included.
      peak_rate: of the learning rate.
      batch_tokens: tokens of a batch.
    """

    seed: int
    tasks: int
    attempts: int
    million_tokens: float
    peak_rate: float
    batch_tokens: int


def claim(domain: Domain, out: Path, workdir: Path, recipe: Recipe) -> None:
    """Make both folders, and note the recipe in ``workdir``.

    Raises:
      WorkdirError: a folder cannot be made; ``workdir`` holds what another recipe made.
    """
    for flag, folder in (("out", out), ("workdir", workdir)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkdirError(
                f"--{flag}={folder}: {error.strerror}; give another folder"
            ) from None
        if not os.access(folder, os.W_OK):
            raise WorkdirError(f"--{flag}={folder} cannot be written; give another folder")
    path, wanted = workdir / RECIPE, {"domain": domain.name, **asdict(recipe)}
    before = read_json(path) if path.exists() else wanted
    changed = [
        f"{name} is {before.get(name)!r} there and {wanted[name]!r} now"
        for name in _FIXED
        if before.get(name) != wanted[name]
    ]
    if changed:
        raise WorkdirError(
            f"--workdir={workdir} belongs to another recipe: {', '.join(changed)}; give another "
            "--workdir, or undo the change"
        )
    write_atomic(path, json.dumps(wanted, indent=2) + "\n")


def announce(workdir: Path, recipe: Recipe, tokens: int) -> None:
    """Say what is there of an interrupted call, and what is to be done.

    Args:
      workdir: claimed.
      recipe: of the model.
      tokens: that have been read.
    """
    cache = workdir / CACHE
    drawn = cache.read_bytes().count(b"\n") if cache.exists() else 0
    done, total = tokens / 1e6, recipe.million_tokens
    if drawn:
        logger.info(
            "resumed: %s, %d of %d tasks are drawn, %.2f of %g M tokens are read",
            workdir, min(drawn, recipe.tasks), recipe.tasks, min(done, total), total,
        )  # fmt: skip
    logger.info(
        "to do: draw %d tasks (%d random programs of each, and about as many repairs); then read "
        "%.2f M tokens, %d a batch, on %d x %s. How long it takes is said after the second part of "
        "each",
        max(recipe.tasks - drawn, 0), recipe.attempts, max(total - done, 0.0), recipe.batch_tokens,
        jax.device_count(), jax.devices()[0].device_kind,
    )  # fmt: skip
