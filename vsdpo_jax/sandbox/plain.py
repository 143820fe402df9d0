"""The recorder that knows no plotting: a program's result is its variable ``payload``.

Used by the tests of the sandbox, and a pattern for recorders: see docs/architecture.md.
"""

from __future__ import annotations

from typing import Any


class NoArtifact(Exception):
    """The program ended without setting ``payload``."""


def preload() -> None:
    """Nothing to warm up."""


def run(source: str) -> bytes:
    """Execute a program and return its ``payload`` (str is encoded as UTF-8).

    Raises:
      NoArtifact: ``payload`` was never set.
      TypeError: it is neither bytes nor str.
      BaseException: whatever the program raised; SystemExit(0) and SystemExit(None) are no errors.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    try:
        exec(compile(source, "<student>", "exec"), namespace)
    except SystemExit as exit_:
        if exit_.code not in (None, 0):
            raise
    payload = namespace.get("payload")
    if payload is None:
        raise NoArtifact("the program ended without setting `payload`")
    if isinstance(payload, str):
        return payload.encode()
    if not isinstance(payload, bytes):
        raise TypeError(f"payload must be bytes or str, got {type(payload).__name__}")
    return payload
