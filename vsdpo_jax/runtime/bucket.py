"""A folder of a bucket in Google Cloud Storage: objects, each of which is whole or absent.

It has no renames, locks or appends. What it has: an object is replaced by one request, everybody
sees that at once, a request can be made to depend on the object's generation (its version), and
listings tell the digests that the server computed of what arrived.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import tensorstore as ts
from etils import epath

from vsdpo_jax.runtime.workdir import WorkdirError

SCHEME = "gs://"
_URL = re.compile(r"gs://([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])/+([^?#]*[^?#/])/*")
_PERMITTED = (
    "the account of this machine may have to read, create and delete objects there (role "
    "storage.objectUser); on a machine of your own: gcloud auth application-default login"
)
_REMEDIES = (
    (r"PERMISSION_DENIED|Forbidden|UNAUTHENTICATED|\b40[13]\b|[Cc]redential", _PERMITTED),
    (r"bucket.*(not exist|not found)", "create the bucket, or mend its name"),
)
_RETRIES = {"max_retries": 9, "initial_delay": "500ms", "max_delay": "10s"}
"""A bucket that cannot be reached is waited for about a minute; by default it would be ten."""
_AT_ONCE = 64
"""Objects that are on their way at a time."""


class BucketError(WorkdirError):
    """A bucket cannot be used. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a listing tells of an object.

    Attributes:
      size: in bytes.
      crc32c: in base64.
      md5: in base64; "" where the server has none (objects that were put together from parts).
    """

    size: int
    crc32c: str
    md5: str = ""

    def is_same(self, other: Entry) -> bool:
        """Whether the contents are the same, as far as both tell."""
        mine, theirs = (self.size, self.crc32c), (other.size, other.crc32c)
        return mine == theirs and (not self.md5 or not other.md5 or self.md5 == other.md5)


def is_url(place: str | Path) -> bool:
    """Whether this names a folder of a bucket; a Path has lost one of the slashes."""
    return re.match(r"\w+:/", str(place)) is not None


class Bucket:
    """A folder of a bucket. Names of objects are relative to it.

    Attributes:
      url: gs://bucket/folder.
      path: the same, as Orbax takes it.

    Raises:
      BucketError: not an address of that form; the extra "gcs" is not installed.
    """

    def __init__(self, url: str):
        found = _URL.fullmatch(re.sub("^gs:/+", SCHEME, url))
        if found is None:
            raise BucketError(
                f"{url}: use gs://BUCKET/FOLDER (a bucket's name is 3 to 63 of a-z, 0-9, . _ -), "
                "or a folder of a disk; of other stores mount the bucket and name a folder there"
            )
        self.url = f"{SCHEME}{found[1]}/{found[2]}"
        self.path = epath.Path(self.url)
        self._prefix = f"{found[1]}/{found[2]}/"
        # gcsfs reads this when it is imported, and would ask for the kind of each bucket otherwise,
        # which takes a permission of its own.
        os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
        try:
            import fsspec.config

            import_module("gcsfs")
        except ImportError as error:
            raise BucketError(
                f"{self.url}: runs in a bucket need gcsfs; pip install 'vsdpo_jax[gcs]'"
            ) from error
        # Another process may have written since.
        fsspec.config.conf.setdefault("gs", {})["use_listings_cache"] = False
        # It logs a trace of what we turn into a sentence.
        logging.getLogger("gcsfs").setLevel(logging.CRITICAL)
        self._fs = fsspec.filesystem("gs")
        spec = {
            "driver": "gcs", "bucket": found[1], "path": f"{found[2]}/",
            "gcs_request_retries": _RETRIES,
        }  # fmt: skip
        with self._said("open"):
            self._store = ts.KvStore.open(spec).result()

    def __str__(self) -> str:
        return self.url

    def find(self, folder: str = "") -> dict[str, Entry]:
        """Name -> what is known about it, of everything below a folder ("" or with a slash)."""
        with self._said("list"):
            found = self._fs.find(self._prefix + folder, detail=True)
        return {
            name.removeprefix(self._prefix): Entry(
                int(info["size"]), info.get("crc32c", ""), info.get("md5Hash", "")
            )
            for name, info in found.items()
            if info["type"] == "file" and not name.endswith("/")
        }

    def folders(self, folder: str) -> list[str]:
        """Names of the folders right in ``folder``, without a slash."""
        with self._said("list"):
            names = [name.decode() for name in self._store.list(_below(folder)).result()]
        inner = {name.removeprefix(folder).split("/")[0] for name in names}
        return sorted(one for one in inner if one)

    def read(self, name: str) -> bytes | None:
        """The content of an object; None where there is none."""
        return self.read_version(name)[0]

    def read_version(self, name: str) -> tuple[bytes | None, bytes]:
        """(content or None, generation) of an object."""
        with self._said(f"read {name} of"):
            found = self._store.read(name).result()
        return found.value if found.state == "value" else None, found.stamp.generation

    def read_all(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """(name, content) of objects that are there."""
        for some in _parts(list(names)):
            with self._said("read"):
                found = [(name, self._store.read(name)) for name in some]
                values = [(name, one.result()) for name, one in found]
            yield from ((name, one.value) for name, one in values if one.state == "value")

    def write(self, files: Mapping[str, bytes | Path]) -> None:
        """Put objects in their places, over those that are there; all are there on return."""
        for some in _parts(list(files.items())):
            with self._said("write to"):
                for one in [self._store.write(name, _content(data)) for name, data in some]:
                    one.result()

    def swap(self, name: str, data: bytes | None, before: bytes) -> bytes | None:
        """Replace an object of generation ``before``; None: it is another one by now.

        Args:
          name: of the object.
          data: its content from now on; None: it goes.
          before: from ``read_version`` or the last ``swap``.

        Returns:
          The new generation.
        """
        with self._said(f"write {name} of"):
            generation = self._store.write(name, data, if_equal=before).result().generation
        if generation:
            return generation
        # Where the answer to a request was lost it is made again, and finds what itself has done.
        content, now = self.read_version(name)
        return now if content == data and now != before else None

    def delete(self, names: Iterable[str]) -> None:
        """Take objects away; those that are not there are no error."""
        for some in _parts(list(names)):
            with self._said("delete from"):
                for one in [self._store.write(name, None) for name in some]:
                    one.result()

    def delete_folder(self, folder: str) -> None:
        """Take everything below a folder (with a slash) away."""
        if not folder:
            raise ValueError("no folder is named, and all would go")
        inner = _below(folder)
        with self._said("delete from"):
            self._store.delete_range(inner).result()

    @contextmanager
    def _said(self, verb: str) -> Iterator[None]:
        try:
            yield
        except BucketError:
            raise
        except Exception as error:  # of two libraries, which raise what they like
            raise self.error(f"cannot {verb} it", error) from error

    def error(self, what: str, error: BaseException) -> BucketError:
        """A sentence about a failure, with a remedy where one is known."""
        text = (str(error).strip().splitlines() or [repr(error)])[0]
        remedy = next((said for sign, said in _REMEDIES if re.search(sign, str(error))), None)
        return BucketError(
            f"{self.url}: {what} ({text[:300]}); {remedy or 'the same command tries again'}"
        )


def _below(folder: str) -> ts.KvStore.KeyRange:
    """Of all names that begin with ``folder``, which ends with a slash; "": of all."""
    if not folder:
        return ts.KvStore.KeyRange()
    if not folder.endswith("/"):
        raise ValueError(f"{folder!r} does not end with a slash")
    return ts.KvStore.KeyRange(folder, folder[:-1] + "0")  # "0" follows "/"


def _parts(items: list[Any]) -> Iterator[list[Any]]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))


def _content(data: bytes | Path) -> bytes:
    return data.read_bytes() if isinstance(data, Path) else data
