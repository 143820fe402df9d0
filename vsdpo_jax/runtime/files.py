"""Files that are whole or absent: written under another name, then renamed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
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
    with _put_in_place(temporary, path):
        temporary.write_bytes(data)


def write_shared(path: Path, content: bytes) -> None:
    """As ``write_atomic``, for a folder that several processes fill: of two writers of one path the
    later one is read. Its folder is made when it is missing.

    What a killed process leaves begins with a dot and is read by nobody.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(number)
    with _put_in_place(Path(name), path):
        Path(name).write_bytes(content)


@contextlib.contextmanager
def _put_in_place(temporary: Path, path: Path) -> Iterator[None]:
    """What the block writes to ``temporary`` becomes ``path``, or nothing stays of it."""
    try:
        yield
        with temporary.open("rb") as file:
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


def digest_of_modules() -> str:
    """Of this package's modules, to tell other code, without git and versions."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
