"""A trained policy as a Hugging Face folder, which transformers and vLLM load unchanged.

    python -m vsdpo_jax.export --checkpoint=runs/demo --out=exported --dtype=bfloat16

--checkpoint is the folder of a run (its newest checkpoint is taken) or one of its checkpoints,
runs/demo/checkpoints/24; it and --out may lie on a disk or in a bucket (gs://BUCKET/runs/demo).
Adapters are merged into their matrices; what was frozen comes from the folder that the run started
from, as do tokenizer, chat template and the settings of images and generation. Weights go into
files of --max_shard_gb, with an index where there are several. Arrays are read one by one: the
host holds one of them and one file, never the model.
"""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import json
import math
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from absl import flags
from etils import epath

from vsdpo_jax.models.qwen3_vl import lora, names, weights, writing
from vsdpo_jax.models.qwen3_vl.hub import CONFIG_FILE
from vsdpo_jax.models.qwen3_vl.writing import Deferred
from vsdpo_jax.run import command, opening
from vsdpo_jax.run.settings import SettingsError
from vsdpo_jax.runtime import bucket_checkpoint
from vsdpo_jax.runtime.bucket import Bucket, BucketError, is_url
from vsdpo_jax.runtime.checkpoint import STATE, DamagedError, check
from vsdpo_jax.runtime.workdir import WorkdirError

DTYPES = ("float32", "bfloat16", "float16")
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
"""What no reader can do without."""
OTHER_FILES = (
    "chat_template.jinja", "chat_template.json", "vocab.json", "merges.txt", "added_tokens.json",
    "special_tokens_map.json", "generation_config.json", "preprocessor_config.json",
    "video_preprocessor_config.json", "processor_config.json",
)  # fmt: skip
"""Copied where the model has them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """What is exported.

    Attributes:
      workdir: of the run, a Path or the bucket's folder.
      step: of the checkpoint, updates.
      model: the ``model`` group of the run's settings.
      folder: of the checkpoint in Hugging Face format that the run started from.
    """

    workdir: Path | Bucket
    step: int
    model: dict[str, Any]
    folder: Path


def export(
    checkpoint: Path | str,
    out: Path | str,
    *,
    dtype: str | None = None,
    force: bool = False,
    max_shard_gb: float = writing.MAX_SHARD_BYTES / 1e9,
) -> Source:
    """Write the policy of a checkpoint to ``out``, whole or not at all.

    Args:
      checkpoint: a run's folder, or ``checkpoints/<step>`` in one; gs:// for one in a bucket.
      out: the folder to make, or gs://BUCKET/FOLDER; an empty one is filled, config.json last.
      dtype: of the written weights, one of DTYPES; None: as they were trained.
      force: write into a folder that holds something: weights, config.json and files of the same
        names are replaced, others stay. A bucket cannot replace many objects at once: there
        config.json goes first and comes last, so that what is between is no model to any reader.
      max_shard_gb: 10^9 bytes of a file; a tensor that is larger alone has a file of its own.

    Returns:
      What was exported.

    Raises:
      BucketError: a bucket cannot be read or written.
      WorkdirError: no such checkpoint, or one that is damaged; says what is missing.
      FileNotFoundError: the model that the run started from, or its tokenizer, is gone.
      SettingsError: ``out``, ``dtype`` or ``max_shard_gb`` cannot be used.
      WeightsError: the checkpoint is of another model than that folder.
    """
    if dtype is not None and dtype not in DTYPES:
        raise SettingsError(f"--dtype={dtype}: use one of {', '.join(DTYPES)}")
    if not 0 < max_shard_gb < 1e6:
        raise SettingsError(
            f"--max_shard_gb={max_shard_gb}: use a number above 0; readers expect 5"
        )
    source = find(checkpoint)
    place = Bucket(str(out)) if is_url(out) else Path(out)
    _check_out(place, source, force)
    missing = [name for name in TOKENIZER_FILES if not (source.folder / name).exists()]
    if missing:
        raise FileNotFoundError(
            f"{source.folder}, where the run started from, lacks {', '.join(missing)}: an export "
            "without its tokenizer could not be used"
        )
    max_bytes = int(max_shard_gb * 1e9)
    _announce(source, place, dtype, max_bytes)
    with open_policy(source) as params, contextlib.ExitStack() as stack:
        if isinstance(place, Bucket):
            staging = stack.enter_context(tempfile.TemporaryDirectory(prefix="vsdpo_export_"))
        else:
            staging = stack.enter_context(weights.staged(place))
        files = _files(Path(staging), source, params, dtype, max_bytes)
        if isinstance(place, Bucket):
            _upload(place, files)
        else:
            list(files)
    return source


def _files(
    staging: Path, source: Source, params: dict[str, Any], dtype: str | None, max_shard_bytes: int
) -> Iterator[Path]:
    """Makes the files of an export one after the other, config.json last."""
    for name in (*TOKENIZER_FILES, *OTHER_FILES):
        if (source.folder / name).exists():
            shutil.copyfile(source.folder / name, staging / name)
            yield staging / name
    config = weights.read_config(source.folder)
    yield from writing.write(staging, params, config, dtype=dtype, max_shard_bytes=max_shard_bytes)


def _upload(bucket: Bucket, files: Iterator[Path]) -> None:
    """Puts files into a bucket one after the other, so that the disk holds one; or none of them."""
    bucket.delete([CONFIG_FILE])
    sent: list[str] = []
    try:
        for path in files:
            sent.append(path.name)
            bucket.write({path.name: path})
            path.unlink()
    except BaseException:
        with contextlib.suppress(BucketError):
            bucket.delete(sent)
        raise
    others = [name for name in bucket.find() if "/" not in name and name not in sent]
    old = [name for pattern in writing.WEIGHT_FILES for name in fnmatch.filter(others, pattern)]
    bucket.delete(old)


def find(checkpoint: Path | str) -> Source:
    """The checkpoint that a path or the address of a bucket names; raises as ``export`` does."""
    place, step = str(checkpoint), None
    if found := re.fullmatch(r"(?:(.*?)/+)?checkpoints/+(\d+)/*", place):
        place, step = found[1] or ".", int(found[2])
    workdir = Bucket(place) if is_url(place) else Path(place)
    if isinstance(workdir, Path) and not workdir.is_dir():
        raise WorkdirError(
            f"--checkpoint={checkpoint}: no such folder; give the folder of a run, or "
            "<run>/checkpoints/<step>"
        )
    config, content = f"{place}/config.json", _read_config(workdir)
    if content is None:
        raise WorkdirError(
            f"--checkpoint={checkpoint}: {config} does not exist, so this is no run's folder"
        )
    steps = _steps(workdir)
    if step not in (None, *steps):
        there = f"there are {', '.join(map(str, steps))}" if steps else "there are none"
        raise WorkdirError(f"--checkpoint={checkpoint}: no checkpoint of step {step}; {there}")
    if not steps:
        raise WorkdirError(f"--checkpoint={checkpoint}: no checkpoint in {place}/checkpoints yet")
    try:
        settings = json.loads(content)
        model, domain = dict(settings["model"]), settings["data"]["domain"]
        place = model["path"]
    except (ValueError, KeyError, TypeError) as error:
        raise WorkdirError(
            f"{config} does not say which model the run started from (model.path): {error}"
        ) from error
    folder = opening.mini_folder(domain) if place == "mini" else weights.resolve(place)
    return Source(
        workdir=workdir, step=steps[-1] if step is None else step, model=model, folder=folder
    )


def _read_config(workdir: Path | Bucket) -> bytes | None:
    if isinstance(workdir, Bucket):
        return workdir.read("config.json")
    path = workdir / "config.json"
    return path.read_bytes() if path.exists() else None


def _steps(workdir: Path | Bucket) -> list[int]:
    if isinstance(workdir, Bucket):
        return bucket_checkpoint.steps(workdir)
    # Orbax writes under other names and renames what is whole.
    return sorted(int(p.name) for p in workdir.glob("checkpoints/*") if p.name.isdigit())


@contextlib.contextmanager
def open_policy(source: Source) -> Iterator[dict[str, Any]]:
    """The policy's parameters without adapters, Deferred: they can be read while this lasts.

    What the checkpoint does not hold was frozen, and is read from the model's folder.
    """
    with contextlib.ExitStack() as stack:
        saved = stack.enter_context(_open_params(source))
        flat = {path: leaf for path, leaf in saved.items() if not lora.is_adapter(path)}
        adapters = {path: leaf for path, leaf in saved.items() if lora.is_adapter(path)}
        config = weights.read_config(source.folder)
        if {leaf.path for leaf in names.leaves(config)} - flat.keys():
            # In the type of the run, whose frozen parameters were rounded to it.
            dtype = source.model.get("param_dtype", "float32")
            base = stack.enter_context(weights.opened(source.folder, dtype=dtype))
            flat = names.flatten(base) | flat
        if adapters:
            settings = _lora_settings(source)
            flat |= {
                target: _merged(flat[target], a, b, settings)
                for target, (a, b) in lora.pairs(flat, adapters).items()
            }
        yield names.unflatten(flat)


def _merged(matrix: Deferred, a: Deferred, b: Deferred, settings: lora.LoraSettings) -> Deferred:
    return Deferred(
        shape=matrix.shape, dtype=matrix.dtype,
        read=lambda: lora.merged(matrix.read(), a.read(), b.read(), settings),
    )  # fmt: skip


def _lora_settings(source: Source) -> lora.LoraSettings:
    try:
        return lora.LoraSettings(
            rank=source.model["lora_rank"],
            alpha=source.model["lora_alpha"],
            targets=tuple(source.model["lora_targets"]),
        )
    except (KeyError, ValueError) as error:
        raise WorkdirError(
            f"config.json of {source.workdir} does not fit the adapters of the checkpoint: {error}"
        ) from error


@contextlib.contextmanager
def _open_params(source: Source) -> Iterator[dict[tuple[str, ...], Deferred]]:
    """Path -> array, of ``params`` of the saved state: no optimizer state is read."""
    place, workdir = f"{source.workdir}/checkpoints/{source.step}", source.workdir
    try:
        if isinstance(workdir, Bucket):
            manifest, _ = bucket_checkpoint.check(workdir, source.step)
            item_folder = workdir.path / manifest.data / STATE
        else:
            check(Path(place))
            item_folder = epath.Path(Path(place).absolute()) / STATE
    except DamagedError as error:
        raise WorkdirError(f"{error}; name another one") from error
    handler = ocp.PyTreeCheckpointHandler()

    def read(path: tuple[str, ...], leaf: jax.ShapeDtypeStruct) -> np.ndarray:
        item = {"params": names.unflatten({path: leaf})}
        as_numpy = jax.tree.map(lambda _: ocp.RestoreArgs(restore_type=np.ndarray), item)
        args = ocp.args.PyTreeRestore(item=item, restore_args=as_numpy, partial_restore=True)
        with _said_of(place):
            return names.flatten(handler.restore(item_folder, args=args)["params"])[path]

    try:
        with _said_of(place):
            saved = names.flatten(handler.metadata(item_folder).tree["params"])
        shapes = {path: jax.ShapeDtypeStruct(x.shape, x.dtype) for path, x in saved.items()}
        yield {
            path: Deferred(
                shape=leaf.shape, dtype=leaf.dtype, read=functools.partial(read, path, leaf)
            )
            for path, leaf in shapes.items()
        }
    finally:
        handler.close()


@contextlib.contextmanager
def _said_of(place: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, OSError) as error:
        raise WorkdirError(
            f"{place}: Orbax cannot read this checkpoint ({str(error)[:200]}); name another one"
        ) from error


def _check_out(out: Path | Bucket, source: Source, force: bool) -> None:
    if isinstance(out, Path) and out.exists() and not out.is_dir():
        raise SettingsError(f"--out={out}: this is a file; give a folder")
    if _identity(out) in (_identity(source.folder), _identity(source.workdir)):
        raise SettingsError(
            f"--out={out}: this is the folder of the run or of the model that it started from; "
            "give another one"
        )
    if isinstance(out, Bucket):
        if _identity(out).startswith(f"{_identity(source.workdir)}/"):
            raise SettingsError(
                f"--out={out}: this lies in the folder of the run, which fetches what is there "
                "when it goes on; give another one"
            )
        holds_something = bool(out.find())
    else:
        holds_something = out.is_dir() and any(out.iterdir())
    if holds_something and not force:
        raise SettingsError(
            f"--out={out}: this folder holds something; give another one, or --force to write "
            "into it"
        )


def _identity(place: Path | Bucket) -> str:
    return place.url if isinstance(place, Bucket) else str(place.resolve())


def _announce(source: Source, out: Path | Bucket, dtype: str | None, max_bytes: int) -> None:
    """Say what is about to be written; refuse what the disk has no room for."""
    kind = dtype or source.model.get("param_dtype", "float32")
    leaves = names.leaves(weights.read_config(source.folder))
    count = sum(math.prod(leaf.shape) for leaf in leaves)
    size = count * np.dtype(kind).itemsize
    if isinstance(out, Bucket):
        there, held = Path(tempfile.gettempdir()), min(size, max_bytes)
        way = f"{out}, a file of up to {held / 1e6:.0f} MB at a time by way of {there}"
    else:
        there, held = next(path for path in out.absolute().parents if path.exists()), size
        way = str(out)
    free = shutil.disk_usage(there).free
    sys.stderr.write(
        f"exporting step {source.step} of {source.workdir}: {count / 1e6:.1f} M parameters as "
        f"{kind}, {size / 1e6:.0f} MB, to {way}, where {free / 1e9:.1f} GB are free\n"
    )
    if held > free:
        remedy = "set TMPDIR to a larger one" if isinstance(out, Bucket) else "give another folder"
        raise SettingsError(f"--out={out}: the disk has no room for that; {remedy}")


def main(argv: list[str]) -> None:
    del argv
    values = flags.FLAGS
    if not values.checkpoint or not values.out:
        raise SettingsError("give --checkpoint=runs/demo and --out=exported")
    source = export(
        values.checkpoint, values.out, dtype=values.dtype, force=values.force,
        max_shard_gb=values.max_shard_gb,
    )  # fmt: skip
    sys.stdout.write(f"step {source.step} of {source.workdir} is now {values.out}\n")


def define_flags(values: flags.FlagValues = flags.FLAGS) -> None:
    """The command's flags."""
    flags.DEFINE_string(
        "checkpoint", None, "folder of a run, or <run>/checkpoints/<step>", flag_values=values
    )
    flags.DEFINE_string("out", None, "folder to make, or gs://BUCKET/FOLDER", flag_values=values)
    flags.DEFINE_float(
        "max_shard_gb",
        writing.MAX_SHARD_BYTES / 1e9,
        "10^9 bytes of a file of weights; larger models are written in several",
        flag_values=values,
    )
    flags.DEFINE_string(
        "dtype",
        None,
        f"of the weights: {', '.join(DTYPES)}; default: as trained",
        flag_values=values,
    )
    flags.DEFINE_bool(
        "force", False, "write into a folder that holds something", flag_values=values
    )


if __name__ == "__main__":
    define_flags()
    command.run(main, interrupted="nothing was written")
