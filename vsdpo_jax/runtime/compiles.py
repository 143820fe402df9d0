"""Which programs JAX compiles, and for which shapes: one in mid-run is time that nobody planned."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import jax
from jax import monitoring

_LOGGER = logging.getLogger("jax._src.interpreters.pxla")
_EVENT = "/jax/core/compile/backend_compile_duration"


@dataclass(frozen=True, kw_only=True, slots=True)
class Compile:
    """One program.

    Attributes:
      name: of its function.
      shapes: of its arguments, those of several sizes first.
      seconds: of XLA; less where a cache had it.
    """

    name: str
    shapes: tuple[str, ...]
    seconds: float


class Compiles(logging.Filter):
    """Collects what is compiled while it is entered.

    JAX says the name and the shapes of a program in its log, and its seconds to listeners.

    Attributes:
      done: since it was last emptied.
    """

    def __init__(self) -> None:
        super().__init__()
        self.done: list[Compile] = []
        self._next = "?", ()
        self._level = logging.NOTSET

    def __enter__(self) -> Self:
        self._level = _LOGGER.level
        _LOGGER.addFilter(self)
        _LOGGER.setLevel(logging.DEBUG)
        monitoring.register_event_duration_secs_listener(self._listen)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        monitoring.unregister_event_duration_listener(self._listen)
        _LOGGER.removeFilter(self)
        _LOGGER.setLevel(self._level)

    def filter(self, record: logging.LogRecord) -> bool:
        """Read a line of JAX's log; lines that nobody asked for stay unseen."""
        if str(record.msg).startswith("Compiling %s") and isinstance(record.args, tuple):
            name, avals = record.args[:2]
            self._next = str(name), _shapes(avals)
        return record.levelno > logging.DEBUG

    def _listen(self, event: str, duration_secs: float, **kwargs: str | int) -> None:
        if event == _EVENT:
            name, shapes = self._next
            self.done.append(Compile(name=name, shapes=shapes, seconds=duration_secs))


def _shapes(avals: Any) -> tuple[str, ...]:
    """``float32[8,320]`` of every argument that has axes, each once."""
    texts = dict.fromkeys(
        aval.str_short() for aval in jax.tree.leaves(avals) if getattr(aval, "shape", ())
    )
    return tuple(texts)
