"""Files of a corpus: a folder, or an archive that is read where it lies. Archives are unpacked
here, too: checked against their digest where one is known, and whole or not at all.
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from vsdpo_jax.data.errors import BadRow, CorpusError

_POINTER = b"version https://git-lfs"
_BROKEN = (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile)


class Files(Protocol):
    """Named files, read one at a time.

    Attributes:
      place: the folder or the archive.
      names: of all files, with "/" between folders, sorted.
      description: a text that changes with them.
    """

    place: Path
    names: list[str]
    description: str

    def path(self, name: str) -> Path | None:
        """The file itself; None where it has to be read out of an archive."""
        ...

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises BadRow where it is damaged."""
        ...


class Folder:
    """The files below a folder.

    Args:
      place: the folder.
      suffixes: of the files that count.
    """

    def __init__(self, place: Path, suffixes: tuple[str, ...]) -> None:
        self.place = place
        self.names = sorted(
            path.relative_to(place).as_posix()
            for path in place.iterdir()
            if path.suffix.lower() in suffixes and path.is_file()
        )
        sizes = [(place / name).stat().st_size for name in self.names]
        self.description = str(list(zip(self.names, sizes, strict=True)))

    def path(self, name: str) -> Path | None:
        return self.place / name

    def read(self, name: str) -> bytes:
        try:
            return (self.place / name).read_bytes()
        except OSError as error:
            raise BadRow("file cannot be read", f"{name}: {error.strerror}") from None


class Zip:
    """The files of a zip archive."""

    def __init__(self, place: Path, suffixes: tuple[str, ...]) -> None:
        self.place = place
        try:
            self._archive = zipfile.ZipFile(place)
        except _BROKEN as error:
            raise CorpusError(f"{place}: no whole zip archive ({error}); get it again") from None
        self.names = sorted(
            info.filename
            for info in self._archive.infolist()
            if not info.is_dir()
            and PurePosixPath(info.filename).suffix.lower() in suffixes
            and "__MACOSX" not in info.filename
        )
        sums = [self._archive.getinfo(name).CRC for name in self.names]
        self.description = str(list(zip(self.names, sums, strict=True)))

    def path(self, name: str) -> Path | None:
        return None

    def read(self, name: str) -> bytes:
        try:
            return self._archive.read(name)
        except (*_BROKEN, RuntimeError) as error:  # RuntimeError: it is encrypted
            raise BadRow("file cannot be read", f"{name}: {error}") from None


def check_not_pointer(path: Path) -> None:
    """Raises CorpusError where a clone without Git LFS left a pointer in place of a file."""
    with path.open("rb") as file:
        if file.read(len(_POINTER)) == _POINTER:
            raise CorpusError(
                f"{path}: a pointer of Git LFS instead of the file; run git lfs pull there, or "
                "download the file itself"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """An archive that a corpus comes as.

    Attributes:
      name: of its file.
      sha256: its digest; "" where none is known.
      num_bytes: its size; 0 where it is not known.
    """

    name: str
    sha256: str = ""
    num_bytes: int = 0


def unpack(path: Path, archive: Archive) -> Path:
    """Unpack a tar archive beside itself; the folder that holds its files.

    They appear under their names when all are there, never before. What is there is left alone.

    Raises:
      CorpusError: another file than the one that is known by this name, a broken one, or one with
        a member that would land elsewhere.
    """
    check_not_pointer(path)
    _check_digest(path, archive)
    part = path.parent / f".{path.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir()
        with tarfile.open(path) as tar:
            tar.extractall(part, filter="data")
        children = sorted(part.iterdir())
        for target in (path.parent / child.name for child in children):
            if target.exists():
                raise CorpusError(f"{target}: is there already; delete it to unpack {path} again")
        for child in children:
            child.replace(path.parent / child.name)
    except _BROKEN as error:
        raise CorpusError(f"{path}: broken archive ({error}); get it again") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return path.parent


def _check_digest(path: Path, archive: Archive) -> None:
    if archive.num_bytes and path.stat().st_size != archive.num_bytes:
        raise CorpusError(
            f"{path}: {path.stat().st_size} bytes, and the archive that is known by this name has "
            f"{archive.num_bytes}; get it again (docs/corpora.md)"
        )
    if not archive.sha256:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != archive.sha256:
        raise CorpusError(
            f"{path}: SHA-256 {found}, and the archive that is known by this name has "
            f"{archive.sha256}; get it again (docs/corpora.md)"
        )
