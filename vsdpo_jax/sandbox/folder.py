"""The private folder of a program: measured and emptied from outside. Standard library only."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def usage(path: str, max_files: int, pid: int | None = None) -> tuple[int, int]:
    """Bytes and number of entries below a folder.

    Args:
      path: the folder.
      max_files: counting stops above this number.
      pid: a process whose deleted but still open files count as well, where /proc shows them.
    """
    total, count = 0, 0
    pending = [path]
    while pending and count <= max_files:
        try:
            entries = list(os.scandir(pending.pop()))
        except FileNotFoundError:
            continue  # the program removed it in the meantime
        except OSError:
            return total, max_files + 1  # deeper than a path can name
        for entry in entries:
            count += 1
            try:
                total += entry.stat(follow_symlinks=False).st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
            except FileNotFoundError:
                continue
    return total + (_deleted_bytes(pid, path) if pid is not None else 0), count


def _deleted_bytes(pid: int, path: str) -> int:
    total = 0
    seen: set[int] = set()
    try:
        device = os.stat(path).st_dev
        with os.scandir(f"/proc/{pid}/fd") as descriptors:
            for fd in descriptors:
                status = os.stat(fd.path)
                gone = stat.S_ISREG(status.st_mode) and status.st_nlink == 0
                if gone and status.st_dev == device and status.st_ino not in seen:
                    seen.add(status.st_ino)
                    total += status.st_blocks * 512
    except OSError:
        return total  # the process ended in the meantime
    return total


def empty(path: str) -> None:
    """Remove everything in a folder, however deep, without following links.

    Deep trees are flattened step by step: a recursive removal would meet the limits on recursion,
    path length and open files, which a program can exceed on purpose.
    """
    if not os.path.isdir(path):
        return
    serial, secret = 0, os.urandom(8).hex()  # a name that the program cannot have taken
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        while folders := _remove_files(top):
            for name in folders:
                os.chmod(name, 0o700, dir_fd=top)
                inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
                try:
                    for inner_name in _remove_files(inner):
                        serial += 1
                        os.chmod(inner_name, 0o700, dir_fd=inner)
                        lifted = f".{secret}-{serial}"
                        os.rename(inner_name, lifted, src_dir_fd=inner, dst_dir_fd=top)
                finally:
                    os.close(inner)
                os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)


def _remove_files(folder: int) -> list[str]:
    """Unlink what is no folder. Returns the names of the folders."""
    folders = []
    with os.scandir(folder) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            else:
                os.unlink(entry.name, dir_fd=folder)
    return folders


def remove(path: str | Path) -> None:
    """Remove a folder and everything in it; nothing happens where there is none."""
    empty(str(path))
    if os.path.isdir(path):
        os.rmdir(path)
