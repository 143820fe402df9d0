"""Programs that make decks: run in the sandbox, checked, painted in a process of its own.

What is trusted begins with the file: the child's payload is split into notes, which may only name
places in the program, and a .pptx, which is checked before anything parses it.
"""

from __future__ import annotations

import contextlib
import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any

from vsdpo_jax.domains.base import Artifact
from vsdpo_jax.domains.bounds import MACHINE_ERRORS
from vsdpo_jax.domains.slide.deck import archive, wire
from vsdpo_jax.domains.slide.deck.notes import Notes
from vsdpo_jax.domains.slide.render.painter import Painter, PaintFailed
from vsdpo_jax.sandbox import Limits, Sandbox, SandboxUnavailable

_LOGGER = logging.getLogger(__name__)
RENDERERS = ("fast", "office")
RECORDER = "vsdpo_jax.domains.slide.child.recorder"


class SlideRenderer:
    """A context manager that renders programs, and finished files, one after another.

    Not thread-safe.
    """

    def __init__(self, limits: Limits, options: Mapping[str, Any], unsafe: bool = False) -> None:
        """Describe a renderer; entering the context starts it.

        Args:
          limits: of every program, and once more of painting its deck.
          options: of the domain: "renderer", "max_slides".
          unsafe: run without the layers that this kernel lacks; for trusted programs only.

        Raises:
          ValueError: there is no such renderer.
        """
        if options["renderer"] not in RENDERERS:
            known = " or ".join(map(repr, RENDERERS))
            raise ValueError(f"options.renderer: {options['renderer']!r} is none; use {known}")
        self._sandbox = Sandbox(RECORDER, limits, unsafe=unsafe)
        self._painter = Painter(options, limits)
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> SlideRenderer:
        """Start the sandbox and the painter.

        Raises:
          SandboxUnavailable: one of them cannot be started.
        """
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._sandbox)
            try:
                stack.enter_context(self._painter)
            except PaintFailed as error:
                raise SandboxUnavailable(str(error)) from error
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def run(self, source: str, on_attempt: Callable[[bool], None] | None = None) -> Artifact:
        """Render one program.

        Args:
          source: the program. Whatever it is or does, the outcome is a result, not an exception.
          on_attempt: called before each attempt, with whether something slow must be started first.

        Returns:
          The encoded Deck (deck/codec.py), or what became of it.
        """
        ran = self._sandbox.run(source, on_attempt)
        if ran.status != "ok":
            return ran
        try:
            notes, pptx = wire.unpack(ran.payload)
        except wire.InvalidDeck as error:
            return replace(ran, status="tamper", payload=b"", error=str(error))
        if on_attempt is not None:
            on_attempt(True)  # painting has a clock of its own
        return self._painted(pptx, notes, ran, source)

    def open(self, data: bytes) -> Artifact:
        """Render a finished file: no program is known.

        Args:
          data: the bytes of a .pptx. Whatever they are, the outcome is a result.
        """
        return self._painted(data, Notes(), Artifact(status="ok"))

    def _painted(self, pptx: bytes, notes: Notes, ran: Artifact, source: str = "") -> Artifact:
        """The artifact of a file; ``ran`` tells what came before."""
        start = time.monotonic()
        outcome = self._checked_and_painted(pptx, notes, source)
        return replace(
            outcome,
            stdout=ran.stdout,
            stderr=ran.stderr,
            cpu_s=ran.cpu_s,
            wall_s=ran.wall_s + time.monotonic() - start,
        )

    def _checked_and_painted(self, pptx: bytes, notes: Notes, source: str) -> Artifact:
        try:
            checked = archive.check(pptx)
            return Artifact(status="ok", payload=self._painter.paint(checked.pptx, notes))
        except archive.Refused as error:
            where = _most_made(error.excess, notes, source)
            return Artifact(status=error.status, limit=error.limit, error=f"{error}{where}")
        except PaintFailed as error:
            return Artifact(status=error.status, limit=error.limit, error=error.reason)
        except Exception as error:
            if isinstance(error, OSError) and error.errno in MACHINE_ERRORS:
                return Artifact(status="infra", error=f"the machine: {error}")
            _LOGGER.warning("a deck could not be read:\n%s", traceback.format_exc())
            reason = f"the deck could not be read: {type(error).__name__}: {error!s:.300}"
            return Artifact(status="program_error", error=reason)


def _most_made(excess: str, notes: Notes, source: str) -> str:
    """The line that made most of what there is too much of, as an interpreter would name it."""
    if excess not in ("shapes", "slides"):
        return ""
    told = notes.shapes if excess == "shapes" else notes.slides
    made = [[call for call in calls if call.what == "made"] for calls in told.values()]
    makers = [calls[-1] for calls in made if calls]  # of a copy, what put it there
    if not makers:
        return ""
    (start, _), _ = Counter(call.span for call in makers).most_common(1)[0]
    line = source.count("\n", 0, start) + 1
    return f" (<student>, line {line})"
