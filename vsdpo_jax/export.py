"""A trained policy as a Hugging Face folder, which transformers and vLLM load unchanged.

    python -m vsdpo_jax.export --checkpoint=runs/demo --out=exported --dtype=bfloat16

--checkpoint is the folder of a run (its newest checkpoint is taken) or one of its checkpoints,
runs/demo/checkpoints/24, on a disk or in a bucket (gs://BUCKET/runs/demo). Adapters are merged into
their matrices; what was frozen comes from the folder that the run started from, as do tokenizer,
chat template and the settings of images and generation.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from absl import flags
from etils import epath

from vsdpo_jax.models.qwen3_vl import lora, names, weights
from vsdpo_jax.run import command, opening
from vsdpo_jax.run.settings import SettingsError
from vsdpo_jax.runtime import bucket_checkpoint
from vsdpo_jax.runtime.bucket import Bucket, is_url
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
    checkpoint: Path | str, out: Path, *, dtype: str | None = None, force: bool = False
) -> Source:
    """Write the policy of a checkpoint to ``out``, whole or not at all.

    Args:
      checkpoint: a run's folder, or ``checkpoints/<step>`` in one; gs:// for one in a bucket.
      out: the folder to make; an empty one is filled, config.json last.
      dtype: of the written weights, one of DTYPES; None: as they were trained.
      force: write into a folder that holds something: weights, config.json and files of the same
        names are replaced, others stay.

    Returns:
      What was exported.

    Raises:
      WorkdirError: no such checkpoint, or one that is damaged; says what is missing.
      FileNotFoundError: the model that the run started from, or its tokenizer, is gone.
      SettingsError: ``out`` or ``dtype`` cannot be used.
      WeightsError: the checkpoint is of another model than that folder.
    """
    if dtype is not None and dtype not in DTYPES:
        raise SettingsError(f"--dtype={dtype}: use one of {', '.join(DTYPES)}")
    source = find(checkpoint)
    _check_out(out, source, force)
    missing = [name for name in TOKENIZER_FILES if not (source.folder / name).exists()]
    if missing:
        raise FileNotFoundError(
            f"{source.folder}, where the run started from, lacks {', '.join(missing)}: an export "
            "without its tokenizer could not be used"
        )
    _announce(source, out, dtype)
    params = read_policy(source)
    with weights.staged(out) as staging:
        weights.save(staging, params, weights.read_config(source.folder), dtype=dtype)
        for name in (*TOKENIZER_FILES, *OTHER_FILES):
            if (source.folder / name).exists():
                shutil.copyfile(source.folder / name, staging / name)
    return source


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


def read_policy(source: Source) -> dict[str, Any]:
    """The policy's parameters, whole and without adapters.

    What the checkpoint does not hold was frozen, and is read from the model's folder.
    """
    saved = names.flatten(_read_params(source))
    trained = {path: leaf for path, leaf in saved.items() if not lora.is_adapter(path)}
    adapters = {path: leaf for path, leaf in saved.items() if lora.is_adapter(path)}
    config = weights.read_config(source.folder)
    if {leaf.path for leaf in names.leaves(config)} - trained.keys():
        # In the type of the run, whose frozen parameters were rounded to it.
        dtype = source.model.get("param_dtype", "float32")
        base, _ = weights.load(source.folder, dtype=dtype)
        trained = names.flatten(base) | trained
    params = names.unflatten(trained)
    if not adapters:
        return params
    return lora.merge(params, names.unflatten(adapters), _lora_settings(source))


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


def _read_params(source: Source) -> dict[str, Any]:
    """``params`` of the saved state as numpy arrays: no optimizer state is read."""
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
    try:
        saved = handler.metadata(item_folder).tree["params"]
        item = {"params": jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), saved)}
        as_numpy = jax.tree.map(lambda _: ocp.RestoreArgs(restore_type=np.ndarray), item)
        args = ocp.args.PyTreeRestore(item=item, restore_args=as_numpy, partial_restore=True)
        return handler.restore(item_folder, args=args)["params"]
    except (ValueError, KeyError, OSError) as error:
        raise WorkdirError(
            f"{place}: Orbax cannot read this checkpoint ({str(error)[:200]}); name another one"
        ) from error
    finally:
        handler.close()


def _check_out(out: Path, source: Source, force: bool) -> None:
    if out.exists() and not out.is_dir():
        raise SettingsError(f"--out={out}: this is a file; give a folder")
    taken = [one.resolve() for one in (source.folder, source.workdir) if isinstance(one, Path)]
    if out.resolve() in taken:
        raise SettingsError(
            f"--out={out}: this is the folder of the run or of the model that it started from; "
            "give another one"
        )
    if not force and out.is_dir() and any(out.iterdir()):
        raise SettingsError(
            f"--out={out}: this folder holds something; give another one, or --force to write "
            "into it"
        )


def _announce(source: Source, out: Path, dtype: str | None) -> None:
    """Say what is about to be written; refuse what the disk has no room for."""
    kind = dtype or source.model.get("param_dtype", "float32")
    leaves = names.leaves(weights.read_config(source.folder))
    count = sum(math.prod(leaf.shape) for leaf in leaves)
    there = next(path for path in out.absolute().parents if path.exists())
    size, free = count * np.dtype(kind).itemsize, shutil.disk_usage(there).free
    sys.stderr.write(
        f"exporting step {source.step} of {source.workdir}: {count / 1e6:.1f} M parameters as "
        f"{kind}, {size / 1e6:.0f} MB, to {out}, where {free / 1e9:.1f} GB are free\n"
    )
    if size > free:
        raise SettingsError(f"--out={out}: the disk has no room for that; give another folder")


def main(argv: list[str]) -> None:
    del argv
    values = flags.FLAGS
    if not values.checkpoint or not values.out:
        raise SettingsError("give --checkpoint=runs/demo and --out=exported")
    source = export(values.checkpoint, Path(values.out), dtype=values.dtype, force=values.force)
    sys.stdout.write(f"step {source.step} of {source.workdir} is now {values.out}\n")


def define_flags(values: flags.FlagValues = flags.FLAGS) -> None:
    """The command's flags."""
    flags.DEFINE_string(
        "checkpoint", None, "folder of a run, or <run>/checkpoints/<step>", flag_values=values
    )
    flags.DEFINE_string("out", None, "folder to make", flag_values=values)
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
