"""Where a checkpoint lies: a folder as named, or a Hugging Face repository in the local cache."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

from vsdpo_jax.models.qwen3_vl.mismatch import WeightsError, describe_adapter

SINGLE_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"
CONFIG_FILE = "config.json"
MAX_SHOWN = 200
"""Longest name in an error."""

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_WANTED = ("*.json", "*.safetensors", "*.jinja", "merges.txt")


def resolve(place: str | Path) -> Path:
    """The folder of a checkpoint.

    Args:
      place: a folder, or a repository "organisation/name". A repository is looked up in the local
        Hugging Face cache, and downloaded when it is not all there.

    Raises:
      FileNotFoundError: neither a folder nor a repository that can be had; says why.
      ValueError: ``place`` is neither a text nor a path.
    """
    if not isinstance(place, str | Path):
        raise ValueError(
            f"the checkpoint is {place!r}; give its folder as a text or a path, or a repository "
            'as "organisation/name"'
        )
    folder = Path(place)
    try:
        is_folder, is_there = folder.is_dir(), folder.exists()
    except OSError:  # no file system has such a name
        is_folder = is_there = False
    if place and is_folder:
        return folder
    if place and is_there:
        raise FileNotFoundError(f"{folder} is a file; give the folder that it lies in")
    if str(place).startswith("gs:/"):
        raise FileNotFoundError(
            f"{str(place)[:MAX_SHOWN]}: weights are read from a disk; copy them here first "
            "(gcloud storage cp --recursive), and give that folder"
        )
    if not isinstance(place, str) or not _REPOSITORY.fullmatch(place):
        raise FileNotFoundError(
            f"{str(place)[:MAX_SHOWN] or repr(place)}: no such folder; give the folder of a "
            'checkpoint in Hugging Face format, or a repository as "organisation/name"'
        )
    return _cached(place) or _download(place)


def weight_files(folder: Path) -> dict[Path, set[str]]:
    """Every file of a folder's weights, with the names of tensors that the index promises in it.

    A folder without an index has one file, of which nothing is promised.

    Raises:
      FileNotFoundError: files are missing, all of them named.
      WeightsError: the index is damaged, or the folder has a whole model beside those of the index.
    """
    index, single = folder / INDEX_FILE, folder / SINGLE_FILE
    files = _promised(index) if index.exists() else {single: set()}
    if single.exists() and set(files) != {single}:
        raise WeightsError(
            f"{folder} holds {SINGLE_FILE} and {INDEX_FILE}, which names other files: readers "
            "differ in which of the two they take; remove one of them"
        )
    missing = [path.name for path in files if not path.exists()]
    if missing:
        if adapter := describe_adapter(folder):
            raise FileNotFoundError(adapter)
        others = sorted(
            path.name
            for kind in ("*.safetensors", "*.bin", "*.pt", "*.gguf")
            for path in folder.glob(kind)
        )
        there = f"it holds {', '.join(others[:8])}" if others else "it holds no other weights"
        wanted = f"named in {INDEX_FILE}" if index.exists() else f"and there is no {INDEX_FILE}"
        raise FileNotFoundError(
            f"{folder}: {', '.join(missing)} does not exist, {wanted}; {there}. Weights are read "
            "from safetensors files"
        )
    for path in files:
        if path.is_dir():
            raise WeightsError(f"{path} is a folder; weights are read from safetensors files")
    return files


def _promised(index: Path) -> dict[Path, set[str]]:
    try:
        entries = list(json.loads(index.read_text(encoding="utf-8"))["weight_map"].items())
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise WeightsError(f"{index} has no weight_map from tensor names to files") from error
    files: dict[Path, set[str]] = {}
    for tensor, name in entries:
        if not isinstance(name, str) or Path(name).name != name:
            raise WeightsError(f"{index} names {name!r}; weights have to lie in the same folder")
        files.setdefault(index.parent / name, set()).add(tensor)
    if not files:
        raise WeightsError(f"{index}: its weight_map is empty")
    return dict(sorted(files.items()))


def _cached(repository: str) -> Path | None:
    """The repository's folder in the local cache, if config and all weights are in it."""
    from huggingface_hub import snapshot_download  # slow to import, and most runs name a folder
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(
            snapshot_download(repository, local_files_only=True, allow_patterns=list(_WANTED))
        )
        weight_files(folder)
    except (LocalEntryNotFoundError, HFValidationError, FileNotFoundError):
        return None
    return folder if (folder / CONFIG_FILE).exists() else None


def _announce(repository: str) -> None:
    """Say what a download takes before it begins.

    Raises:
      OSError: the disk has no room for it.
    """
    from huggingface_hub import HfApi, constants
    from huggingface_hub.utils import filter_repo_objects

    files = HfApi().model_info(repository, files_metadata=True).siblings or ()
    wanted = filter_repo_objects(files, allow_patterns=list(_WANTED), key=lambda f: f.rfilename)
    cache = Path(constants.HF_HUB_CACHE).absolute()
    blobs = (cache / f"models--{repository.replace('/', '--')}" / "blobs").glob("*")
    size = sum(file.size or 0 for file in wanted) - sum(blob.stat().st_size for blob in blobs)
    there = next(path for path in (cache, *cache.parents) if path.exists())
    free = shutil.disk_usage(there).free
    sys.stderr.write(
        f"downloading {repository}: {max(size, 0) / 1e9:.1f} GB into {cache}, where "
        f"{free / 1e9:.1f} GB are free\n"
    )
    if size > free:
        raise OSError("the disk is too small for it: make room, or let HF_HOME name another one")


def _download(repository: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        _announce(repository)
        folder = Path(snapshot_download(repository, allow_patterns=list(_WANTED)))
        weight_files(folder)  # without a network what there is in the cache is given, incomplete
        return folder
    except WeightsError:
        raise
    except Exception as error:  # the errors of its transports have no base class in common
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise FileNotFoundError(
            f"{repository[:MAX_SHOWN]}: no such folder here, not complete in the local Hugging "
            f"Face cache, and downloading it failed ({reason[:MAX_SHOWN]}); check the name and the "
            "network, or give a folder"
        ) from error
