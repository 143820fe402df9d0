"""What one program may use. Standard library only: the fork server reads it too."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds on one run of one program; meeting one is the status ``limit``, with the name below.

    The processor limit is the real one: it does not depend on how busy the machine is. The wall
    clock is a backstop for programs that sleep, so it is generous.

    Attributes:
      cpu_s: processor seconds of all threads ("cpu"); whole, as the kernel counts them.
      wall_s: seconds on the clock ("wall"); more than ``cpu_s``.
      memory_bytes: address space on top of the preloaded libraries ("memory").
      disk_bytes: bytes in the private directory, deleted-but-open files included ("disk").
      max_files: files and directories in the private directory ("disk").
      max_threads: threads at once ("processes"); it can start no process.
      output_bytes: what the program may print, both streams together ("output").
      payload_bytes: the recorder's result ("payload").
      source_bytes: the program itself, in UTF-8 ("source").
    """

    cpu_s: int = 10
    wall_s: float = 60.0
    memory_bytes: int = 1024 * MIB
    disk_bytes: int = 64 * MIB
    max_files: int = 256
    max_threads: int = 64
    output_bytes: int = MIB
    payload_bytes: int = 64 * MIB
    source_bytes: int = MIB // 4

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            allowed = (int, float) if field.name == "wall_s" else int
            if isinstance(value, bool) or not isinstance(value, allowed):
                kind = "a number" if field.name == "wall_s" else "a whole number"
                raise TypeError(f"limits: {field.name} must be {kind}, got {value!r}")
            if not 0 < value < float("inf"):
                raise ValueError(f"limits: {field.name} must be positive and finite, got {value!r}")
        if self.wall_s <= self.cpu_s:
            raise ValueError(
                f"limits: wall_s is the backstop behind cpu_s and must be larger, "
                f"got wall_s={self.wall_s!r} and cpu_s={self.cpu_s!r}"
            )
