"""The command: its verdict, its advice, and the options that the configs promise to fit."""

from __future__ import annotations

import importlib
import itertools
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ml_collections import config_flags

from configs import base, chart_8b
from vsdpo_jax import plan
from vsdpo_jax.run import planning
from vsdpo_jax.run.planning import Memory
from vsdpo_jax.run.settings import Settings, from_config

ROOT = Path(__file__).parents[1]
CONFIGS = ("chart_8b", "web_8b", "slide_8b")
HARDWARE = {"v5p-8": (4, 95), "v5e-16": (16, 16), "one H200": (1, 139)}
GIB = 2**30


def options(config: str, hardware: str) -> list[str]:
    """What the config's docstring says for a machine, as the shell would pass it."""
    text = importlib.import_module(f"configs.{config}").__doc__ or ""
    match = re.search(rf"^{re.escape(hardware)}\s+((?:--\S+\s+)+)", text, re.MULTILINE)
    assert match, f"{config} says nothing about {hardware}"
    return shlex.split(match[1])


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vsdpo_jax.plan", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def memory(**parts: float) -> Memory:
    """GiB by part; the others 0."""
    names = Memory.__dataclass_fields__
    return Memory(**{name: int(parts.get(name, 0) * GIB) for name in names})


@pytest.mark.parametrize("hardware", HARDWARE)
@pytest.mark.parametrize("config", CONFIGS)
def test_a_config_names_the_machine_that_it_is_planned_for(config, hardware):
    flags = dict(flag.removeprefix("--").split("=", 1) for flag in options(config, hardware))
    devices, hbm_gib = HARDWARE[hardware]
    assert (int(flags["devices"]), float(flags["hbm_gib"])) == (devices, hbm_gib)
    assert all(name.startswith("config.") for name in flags.keys() - {"devices", "hbm_gib"})


def full_size_cases() -> list[Any]:
    """Every config with every machine; one machine each in the short run, all three among them."""
    short = set(zip(CONFIGS, HARDWARE, strict=True))
    return [
        pytest.param(*case, marks=() if case in short else pytest.mark.long)
        for case in itertools.product(CONFIGS, HARDWARE)
    ]


@pytest.mark.slow  # compiles an update of 8.8 B parameters: 15 processor seconds
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("config", "hardware"), full_size_cases())
def test_the_full_size_configs_fit_with_the_options_in_their_docstring(config, hardware):
    result = run(f"--config=configs/{config}.py", *options(config, hardware))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "8.767 B parameters" in result.stdout or "8.942 B parameters" in result.stdout
    assert result.stdout.count("fits") == 2
    update = re.search(r"update, in all +([\d.]+) +of (\d+)", result.stdout)
    assert update
    assert 1 < float(update[1]) <= float(update[2]) == HARDWARE[hardware][1]


@pytest.mark.long  # notebooks/03 says so
def test_the_config_of_2b_fits_one_chip_of_16_gib():
    result = run("--config=configs/chart_2b.py", "--devices=1", "--hbm_gib=16")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2.145 B parameters, 0.017 B of them trained" in result.stdout


@pytest.mark.slow  # seven compilations
@pytest.mark.timeout(1200)
def test_what_does_not_fit_ends_in_1_and_in_advice():
    small = (
        "--config=configs/base.py", "--devices=2", "--config.rollout.max_new_tokens=64",
        "--config.rollout.prompt_limit=32", "--config.teacher.prompt_limit=48",
    )  # fmt: skip
    fits = run(*small, "--hbm_gib=4")
    assert (fits.returncode, fits.stdout.count("fits")) == (0, 2), fits.stderr
    assert "saves" not in fits.stdout
    assert (
        fits.stderr == "compiling the update on the CPU: 5 to 15 processor seconds, if not busy\n"
    )
    does_not = run(*small, "--hbm_gib=0.05")
    assert does_not.returncode == 1, does_not.stderr
    assert "DOES NOT FIT" in does_not.stdout
    assert re.search(r"^looking for what fits: \d compilations, \d+ s at the pace",
                     does_not.stderr, re.M)  # fmt: skip
    flags = " ".join(re.findall(r"^ +[\d.]+  (--\S.*?)(?:   \(enough\))?$", does_not.stdout, re.M))
    for expected in ("num_microbatches=2", "state_dtype=bfloat16", "lora_rank=32", "teacher.kind"):
        assert expected in flags, does_not.stdout
    together = re.search(
        r"None is enough. Together:\n +[\d.]+  (--.*?)   \(fits\)", does_not.stdout
    )
    assert together, does_not.stdout
    assert run(*small, *shlex.split(together[1]), "--hbm_gib=0.05").returncode == 0


def test_a_wrong_setting_ends_in_2_and_a_sentence():
    result = run("--config=configs/base.py", "--devices=2", "--config.mesh.fsdp=3")
    assert result.returncode == 2
    assert result.stderr.startswith("error: config.mesh")
    assert "Traceback" not in result.stderr
    unknown = run("--config=configs/base.py", "--machine=v2-8")
    assert unknown.returncode == 2
    assert "error: --machine=v2-8: use one of v5e-16, v5p-8, h200-8" in unknown.stderr


def test_rows_beyond_the_model_are_refused_before_planning():
    result = run(
        "--config=configs/chart_8b.py", "--devices=4", "--config.mesh.fsdp=4",
        "--config.rollout.max_new_tokens=1000000",
    )  # fmt: skip
    assert result.returncode == 2
    assert result.stdout == ""
    assert "config.rollout.max_new_tokens = 1000000" in result.stderr
    assert "the model was made for 262144 (max_position_embeddings)" in result.stderr


def test_the_verdict_counts_both_phases():
    table = plan.format_table(memory(trained=2, gradients=2, activations=5, cache=9), 10)
    assert re.search(r"update, in all +9.00 +of 10: fits", table)
    assert re.search(r"sampling, in all +11.00 +of 10: DOES NOT FIT", table)
    assert memory(trained=2, gradients=2, activations=5, cache=9).peak == 11 * GIB
    assert memory(trained=2, gradients=2, activations=9, cache=9).peak == 13 * GIB


def settings_of(config: Any, **leaves: Any) -> Settings:
    config.update_from_flattened_dict(leaves)
    return from_config(config)


def all_changes(**leaves: Any) -> dict[str, plan.Change]:
    settings = settings_of(chart_8b.get_config(), **leaves)
    found = plan.changes(settings, planning.model_config(settings))
    return {change.flags: change for change in found}


def test_advice_is_given_only_where_there_is_something_to_change():
    wide = {"mesh.fsdp": 8, "train.num_microbatches": 2}
    flags = list(all_changes(**wide))
    assert flags[:2] == [
        "--config.train.num_microbatches=4",
        "--config.mesh.data=1 --config.mesh.fsdp=4 --config.mesh.tensor=2",
    ]
    assert "--config.optim.state_dtype=bfloat16" in flags
    assert "--config.model.freeze=\"('vision',)\"" in flags
    assert not any("remat" in flag or "model.dtype" in flag for flag in flags)
    done = {
        "mesh.fsdp": 1, "mesh.tensor": 8, "train.num_microbatches": 64, "model.lora_rank": 8,
        "model.param_dtype": "bfloat16", "optim.state_dtype": "bfloat16",
        "optim.kind": "adafactor", "optim.b1": 0.0,
    }  # fmt: skip
    assert list(all_changes(**done)) == ["--config.rollout.max_new_tokens=1024"]


def test_parts_of_a_batch_stay_whole_rows_of_every_device():
    for rows, parts, expected in ((8, 1, None), (24, 1, 3), (64, 2, 4), (96, 4, 12)):
        flags = all_changes(
            **{
                "rollout.prompts_per_step": rows // 4, "rollout.group_size": 4, "mesh.fsdp": 8,
                "train.num_microbatches": parts,
            }
        )  # fmt: skip
        found = [flag for flag in flags if "num_microbatches" in flag]
        assert found == ([f"--config.train.num_microbatches={expected}"] if expected else [])


def test_advice_can_be_pasted_into_the_command_line():
    for flags, change in all_changes(**{"mesh.fsdp": 8}).items():
        config = chart_8b.get_config()
        config.mesh.fsdp = 8
        words = [word.replace('"', "") for word in flags.split(" --")]
        for word in words:
            leaf, value = word.removeprefix("--").removeprefix("config.").split("=", 1)
            group, name = leaf.split(".")
            kind = type(config[group][name])
            parser = config_flags.config_flags._FIELD_TYPE_TO_PARSER[kind]
            config[group][name] = parser.parse(value)
        assert from_config(config) == change.settings


def test_exact_savings_are_what_the_shapes_say():
    settings = settings_of(base.get_config(), **{"model.size": "8b", "mesh.fsdp": 8})
    config = planning.model_config(settings)
    now = planning.resident(settings, config)
    changes = {change.flags: change for change in plan.changes(settings, config)}
    moments = changes["--config.optim.state_dtype=bfloat16"]
    assert now.peak - plan.memory_after(moments, now, config).peak == pytest.approx(
        now.optimizer / 2, rel=1e-6
    )
    teacher = changes["--config.teacher.kind=live"]
    assert now.peak - plan.memory_after(teacher, now, config).peak == now.teacher == now.trained
    # 0.576 B parameters of the vision tower: two moments, the sum of gradients.
    vision = changes["--config.model.freeze=\"('vision',)\""]
    saved = now.peak - plan.memory_after(vision, now, config).peak
    assert saved == pytest.approx((3 * 4 + 4) * 0.576e9 / 8, rel=0.02)


def test_combined_changes_end_where_it_fits_or_nothing_is_left(monkeypatch):
    """Memory made up: each change of the mesh or of micro-batches halves the activations."""
    settings = settings_of(chart_8b.get_config(), **{"mesh.fsdp": 8})
    config = planning.model_config(settings)

    def measure(settings: Settings, config: Any) -> Memory:
        shares = settings.train.num_microbatches * settings.mesh.tensor
        return memory(trained=10, activations=64 / shares)

    def after(change: plan.Change, memory: Memory, config: Any) -> Memory:
        return memory if change.is_exact else measure(change.settings, config)

    monkeypatch.setattr(plan.planning, "measure", measure)
    monkeypatch.setattr(plan, "memory_after", after)
    start = measure(settings, config)
    together, end = plan.combine(settings, config, start, 19)
    assert together.leaves == {"train.num_microbatches": 8}  # one row for each of 8 devices
    assert end == memory(trained=10, activations=8)
    together, end = plan.combine(settings, config, start, 12)
    assert together.leaves["train.num_microbatches"] == 16
    assert together.settings.mesh.tensor == 2
    assert end.peak <= 12 * GIB
    together, end = plan.combine(settings, config, start, 1)
    assert end.peak > GIB
    assert together.settings.mesh.tensor == 4  # 8 would save less than a twentieth
    assert together.settings.optim.state_dtype == "float32"  # it saved nothing
