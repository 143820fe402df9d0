"""SIGTERM, by which machines are taken back: finish the step, save, leave with a code of its own.

A scheduler that takes a machine back sends SIGTERM and, some seconds later, SIGKILL. The run's main
thread may be anywhere, in a compilation too, so that the signal is read by a thread of its own.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from types import FrameType, TracebackType
from typing import Self

SAVED_CODE = 75
"""Exit code of a run that was stopped: the same command goes on (EX_TEMPFAIL of sysexits.h)."""


class StoppedError(Exception):
    """The run was asked to stop, and has. The message says from where the same command goes on."""


class Stop:
    """Whether somebody has asked this process to stop; a context manager that listens.

    After the deadline the process ends in any case, with the same code: its last checkpoint is
    whole, and what came after it is done again.

    Args:
      deadline_s: seconds from the signal to the end of the process.

    Attributes:
      is_requested: a SIGTERM has come.
    """

    def __init__(self, deadline_s: float):
        self.is_requested = False
        self._deadline_s = deadline_s
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        if threading.current_thread() is not threading.main_thread():
            return self  # only the main thread gets signals
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        # The byte is written by the C handler at once; Python's own handlers wait for the main
        # thread, which XLA may keep for minutes.
        self._wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._handler = signal.signal(signal.SIGTERM, _pass)
        self._thread = threading.Thread(target=self._listen, name="stop", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not hasattr(self, "_thread"):
            return
        self._ended.set()
        signal.signal(signal.SIGTERM, self._handler)
        signal.set_wakeup_fd(self._wakeup)
        self._writer.close()  # its reader sees the end
        self._thread.join()
        self._reader.close()

    def _listen(self) -> None:
        while data := self._reader.recv(64):
            if signal.SIGTERM in data:
                break
        else:
            return
        self.is_requested = True
        sys.stderr.write(
            f"SIGTERM: this step is finished and saved, if that takes at most "
            f"{self._deadline_s:g} s\n"
        )
        sys.stderr.flush()
        if self._ended.wait(self._deadline_s):
            return
        sys.stderr.write(
            f"SIGTERM: the step took longer than {self._deadline_s:g} s and is left; the same "
            "command goes on from the last checkpoint\n"
        )
        sys.stderr.flush()
        os._exit(SAVED_CODE)


def _pass(number: int, frame: FrameType | None) -> None:
    """Instead of the end of the process."""
