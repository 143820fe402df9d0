"""Files that are whole or absent: written under another name, then renamed."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from pathlib import Path
from typing import Any


class DamagedFileError(ValueError):
    """A file does not hold what it should. The message names it and says what to do."""


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write ``content`` to ``path``; whoever reads sees the old file or the new one, never a part.

    Text is UTF-8. Two writers of one path at a time are not supported: a run owns its folder.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # a rename may reach the disk before the data does
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Put the names in ``folder`` on the disk, where the file system can do that."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(number)


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
      FileNotFoundError: there is none.
      DamagedFileError: it holds no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DamagedFileError(
            f"{path}: this is no JSON ({error}); delete or mend the file"
        ) from error
