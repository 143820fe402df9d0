"""What is wrong with a checkpoint, in words: problems by kind, and the cause if names tell it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

MAX_SHOWN = 20
"""Longest list of one kind in an error; a wholly different model would print thousands of lines."""

ADAPTER_FILE = "adapter_config.json"

_PACKED_NAMES = (
    "weight_scale_inv", "weight_scale", "qweight", "qzeros", "weight_packed", "weight_zero_point",
    "scales", "biases", "absmax", "quant_map", "SCB",
)  # fmt: skip
"""Last part of the names of tensors beside packed weights: FP8, AWQ, GPTQ, mlx, bitsandbytes."""
_WRAPPERS = {
    "module.": "DistributedDataParallel",
    "_orig_mod.": "torch.compile",
    "_fsdp_wrapped_module.": "FSDP",
    "base_model.model.": "PEFT",
}


class WeightsError(ValueError):
    """Files that do not hold the model that their config.json describes."""


def raise_all(problems: Iterable[str], heading: str) -> None:
    """Raises what there is.

    Args:
      problems: "kind: what"; each kind is counted, and listed up to MAX_SHOWN.
      heading: the first words of the error.

    Raises:
      WeightsError: there are problems.
    """
    kinds: dict[str, list[str]] = defaultdict(list)
    for problem in sorted(problems):
        kinds[problem.partition(":")[0]].append(problem)
    if not kinds:
        return
    counts = ", ".join(f"{len(some)} {kind}" for kind, some in kinds.items())
    total = sum(map(len, kinds.values()))
    lines = [f"{heading}; {total} problems ({counts}):"]
    for kind, some in kinds.items():
        lines += [f"  {problem}" for problem in some[:MAX_SHOWN]]
        if len(some) > MAX_SHOWN:
            lines.append(f"  {kind}: and {len(some) - MAX_SHOWN} more")
    raise WeightsError("\n".join(lines))


def explain(
    missing: Collection[str], unexpected: Collection[str], kinds: Collection[str], packing: str
) -> str:
    """What probably happened to a checkpoint whose tensors do not fit, as a clause; "" if unknown.

    Args:
      missing, unexpected: names of tensors.
      kinds: of all tensors' values, as safetensors spells them.
      packing: what config.json says of quantisation; "" for nothing.
    """
    if packing or any(kind.startswith("F8") for kind in kinds) or _look_packed(unexpected):
        how = packing or "as the tensors below show"
        return (
            f" because it is quantised ({how}): use the checkpoint that it was made from, or "
            "dequantise it and save it again"
        )
    if any(".lora_A." in name or ".lora_B." in name for name in unexpected):
        return " because it holds a LoRA adapter beside the weights: merge it and save it again"
    renamed = _renamed(missing, unexpected)
    if renamed is None:
        return ""
    (theirs, ours), count = renamed
    if not ours:
        source = f" ({_WRAPPERS[theirs]} writes it)" if theirs in _WRAPPERS else ""
        return f": {count} names fit without {theirs!r} before them{source}; rename the tensors"
    change = f"with {ours!r} in place of {theirs!r}" if theirs else f"with {ours!r} before them"
    return f": {count} names fit {change}; rename the tensors"


def describe_adapter(folder: Path) -> str:
    """For a folder of PEFT: what it is and what to do; "" for any other."""
    path = folder / ADAPTER_FILE
    if not path.exists():
        return ""
    try:
        base = json.loads(path.read_text(encoding="utf-8")).get("base_model_name_or_path")
    except (ValueError, AttributeError):
        base = None
    return (
        f"{folder} holds a PEFT adapter for {base or 'a base model'} ({ADAPTER_FILE}), no whole "
        "model: merge it into the base (merge_and_unload), save that, and give its folder"
    )


def _look_packed(names: Iterable[str]) -> bool:
    return any(name.rpartition(".")[2] in _PACKED_NAMES for name in names)


def _renamed(
    missing: Collection[str], unexpected: Collection[str]
) -> tuple[tuple[str, str], int] | None:
    """((their prefix, our prefix), names that differ in it alone), for the commonest such pair."""
    prefix_of: dict[str, str | None] = {}
    for name in missing:
        for prefix, rest in _cuts(name):
            prefix_of[rest] = None if rest in prefix_of else prefix  # None: more than one has it
    pairs: Counter[tuple[str, str]] = Counter()
    for name in unexpected:
        for theirs, rest in _cuts(name):
            ours = prefix_of.get(rest)
            if ours is not None:
                pairs[theirs, ours] += 1
                break
    return pairs.most_common(1)[0] if pairs else None


def _cuts(name: str) -> Sequence[tuple[str, str]]:
    """(prefix, rest), the longest rest first."""
    parts = name.split(".")
    return [
        ("".join(f"{part}." for part in parts[:cut]), ".".join(parts[cut:]))
        for cut in range(len(parts))
    ]
