"""What is said to people: no reader, character or program may end a run or spoil a terminal.

``open_streams`` makes standard output and error last: a closed pipe, a full disk behind a file or
an alphabet without "±" ends nothing. ``printable`` and ``one_line`` make text that programs wrote
safe to print.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO, cast

_PLAIN = str.maketrans({"±": "+-", "…": "...", "“": '"', "”": '"', "×": "x", "→": "->"})


def printable(text: str) -> str:
    r"""``text`` with whatever a terminal would obey as an escape: ``\x1b[2J`` is four letters more.

    Line breaks and tabs stay.
    """
    # Not printable: controls, marks of direction (they turn a line around), separators of lines,
    # halves of characters.
    return "".join(
        letter if letter in "\n\t" or letter.isprintable() else ascii(letter)[1:-1]
        for letter in text
    )


def one_line(text: str, limit: int = 300) -> str:
    """``text`` in one printable line of at most ``limit`` characters."""
    line = printable(" ".join(text.split("\n")).replace("\t", " "))
    return line if len(line) <= limit else line[: limit - 3] + "..."


def warn(sentence: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"warning: {sentence}\n")
    sys.stderr.flush()


class Lasting:
    """A text stream that takes everything: what cannot be written is let go.

    Args:
      stream: where to write.
    """

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._is_lost = False

    def write(self, text: str) -> int:
        """Write ``text``, in the letters that the stream has."""
        if self._is_lost:
            return len(text)
        encoding = self._stream.encoding or "utf-8"
        try:
            text.encode(encoding)
            shown = text
        except UnicodeEncodeError:
            shown = text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
        with self._losing():
            self._stream.write(shown)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush, where somebody is left to read."""
        if not self._is_lost:
            with self._losing():
                self._stream.flush()

    def isatty(self) -> bool:
        return not self._is_lost and self._stream.isatty()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @contextlib.contextmanager
    def _losing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError):  # a pipe without a reader, a full disk; a closed file
            self._is_lost = True
            # What is buffered would fail again when the process ends, and change its exit code.
            with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), self._stream.fileno())


class _Record(logging.LogRecord):
    def getMessage(self) -> str:
        return printable(super().getMessage())


@contextlib.contextmanager
def open_streams() -> Iterator[None]:
    """Standard output and error that last, and log records without controls, for a command.

    A stream that was closed before the process began is opened to nowhere: its number would go to
    the next file that is opened, and what is printed would be written there.
    """
    before = sys.stdout, sys.stderr, logging.getLogRecordFactory()
    for number in range(3):
        _occupy(number)
    logging.setLogRecordFactory(_Record)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        sys.stdout, sys.stderr = (cast(TextIO, Lasting(stream or nowhere)) for stream in before[:2])
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            sys.stdout, sys.stderr = before[:2]
            logging.setLogRecordFactory(before[2])


def _occupy(number: int) -> None:
    try:
        os.fstat(number)
    except OSError:
        nowhere = os.open(os.devnull, os.O_RDWR)
        if nowhere != number:
            os.dup2(nowhere, number)
            os.close(nowhere)
