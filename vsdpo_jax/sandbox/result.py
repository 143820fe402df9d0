"""The outcome of one program. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vsdpo_jax.records import RenderStatus


@dataclass(frozen=True, kw_only=True)
class SandboxResult:
    """What came out of the sandbox. Bad programs are results, never exceptions.

    Attributes:
      status: see records.RenderStatus; "ok" says that a payload came, not that it is valid.
      limit: which limit was met, for status "limit" only.
      payload: the recorder's bytes, b"" unless ok. Anyone inside the child can write them, so they
        are data to be checked, never evidence of what the program did.
      error: the trace of the program's own frames, or the reason; "" when ok.
      stdout, stderr: what the program printed, with the middle left out when long.
      cpu_s: user plus system seconds of the child.
      wall_s: seconds on the clock.
    """

    status: RenderStatus
    limit: str | None = None
    payload: bytes = b""
    error: str = ""
    stdout: str = ""
    stderr: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0

    def __post_init__(self) -> None:
        if (self.status == "limit") != (self.limit is not None):
            raise ValueError(f"sandbox result: status {self.status!r} with limit {self.limit!r}")
