"""Checkpoints of a run that are written while it goes on."""

from __future__ import annotations

import contextlib
import time
from types import TracebackType
from typing import Any, Self

from vsdpo_jax.run.sessions import Session
from vsdpo_jax.run.settings import Train
from vsdpo_jax.runtime.checkpoint import Saving
from vsdpo_jax.runtime.orbax_files import Writing
from vsdpo_jax.runtime.stop import StoppedError
from vsdpo_jax.runtime.workdir import WorkdirError
from vsdpo_jax.sandbox.process import give_back


class Saver:
    """Saves states, each while the steps after it run; at the end all are saved. A context manager.

    One at a time: a save waits for the one before. All processes call everything together, so that
    each checkpoint is committed at the same place of the loop on all of them. An error of one of
    several leaves what is begun, as a kill does.

    Args:
      session: of the run.
      settings: which checkpoints are kept, and whether saving goes on beside the next steps.
    """

    def __init__(self, session: Session, settings: Train):
        self._session, self._settings = session, settings
        self._pending: tuple[Saving, Writing[Any]] | None = None
        self._waited_s = 0.0

    def save(self, state: Any, score: float | None) -> None:
        """Begin to save ``state``, whose buffers are free on return."""
        self.finish()
        begun = time.monotonic()
        saving = self._session.saving(
            state, keep=self._settings.keep_checkpoints, keep_best=self._settings.keep_best,
            score=score,
        )  # fmt: skip
        writing = next(saving, None)
        self._waited_s += time.monotonic() - begun
        if writing is not None:
            self._pending = saving, writing
        if not self._settings.async_checkpoints:
            self.finish()

    def settle(self) -> None:
        """Commit what was begun, if its files are written by now on all processes."""
        if self._pending is None:
            return
        _, writing = self._pending
        if not self._session.hosts.any("a checkpoint's files", not writing.is_done):
            self.finish()

    def finish(self) -> None:
        """Commit what was begun, however long that takes."""
        if self._pending is None:
            return
        (saving, _), self._pending = self._pending, None
        begun = time.monotonic()
        for _ in saving:
            raise AssertionError("saved in two parts")
        give_back()  # among what threads allocated beside the steps
        self._waited_s += time.monotonic() - begun

    def waited_s(self) -> float:
        """Seconds that the run stood still for checkpoints since this was asked last."""
        waited, self._waited_s = self._waited_s, 0.0
        return waited

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        is_alone = self._session.hosts.count == 1
        if error is None or isinstance(error, StoppedError):  # as on all processes
            self.finish()
        elif is_alone and isinstance(error, Exception | KeyboardInterrupt):
            with contextlib.suppress(WorkdirError):  # what ended the run is what to say
                self.finish()
        elif is_alone and self._pending is not None:
            saving, writing = self._pending
            with contextlib.suppress(Exception):
                writing.result()
            saving.close()
