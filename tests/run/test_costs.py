import dataclasses
import re
from pathlib import Path

import pytest

from configs import chart_8b
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig
from vsdpo_jax.models.qwen3_vl.sizes import SIZES
from vsdpo_jax.run import costs
from vsdpo_jax.run.costs import MACHINES, Assumptions, Machine, estimate, forward_flops, vision_of
from vsdpo_jax.run.settings import SettingsError, from_config

CONFIG = Qwen3VLConfig.from_hf(SIZES["8b"])
ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "cost-model.md"


def settings(**leaves):
    config = chart_8b.get_config()
    for name, value in leaves.items():
        group, leaf = name.split("__")
        config[group][leaf] = value
    return from_config(config)


def row_of(line):
    cells = [cell.strip() for cell in line.strip("|\n ").split("|")]
    found = re.fullmatch(r"(\S+), fsdp (\d+), tensor (\d+), (\d+) micro-batches", cells[0])
    return found and (*found.groups(), *cells[1:])


TABLE = [row for row in map(row_of, DOCUMENT.read_text().splitlines()) if row]


def test_the_document_has_every_machine_as_it_is_and_with_what_binds_mended():
    assert [row[0] for row in TABLE] == [name for name in MACHINES for _ in range(2)]


@pytest.mark.parametrize("row", TABLE, ids=[f"{row[0]}, tensor {row[2]}" for row in TABLE])
def test_the_table_of_the_document_is_what_the_formulas_say(row):
    name, fsdp, tensor, parts, *cells = row
    chosen = settings(
        mesh__fsdp=int(fsdp), mesh__tensor=int(tensor), train__num_microbatches=int(parts)
    )
    found = estimate(chosen, CONFIG, MACHINES[name])
    first, second, *_ = found.bottlenecks()
    assert cells == [
        *(f"{stage.seconds:.1f}" for stage in found.stages), f"{found.step_s:.0f}",
        f"{first.name}: {first.bound}", f"{second.name}: {second.bound}",
        f"{found.hours:.1f}", f"${found.dollars:.0f}",
    ]  # fmt: skip


def test_figures_by_hand():
    """One device, one row, no pictures of the student, one token: what is read decides."""
    machine = Machine(
        devices=1, hosts=1, cores=1, hbm_gib=16, tflops=100, hbm_gbs=1000, link_gbs=1, dollars=2
    )
    exact = Assumptions(
        matmul_share=1, hbm_share=1, link_share=1, render_s=3.0, host_s=0.5, store_gbs=1.0
    )
    chosen = settings(
        rollout__prompts_per_step=1,
        rollout__group_size=2,
        rollout__max_new_tokens=100,
        rollout__prompt_limit=1024,
        train__async_checkpoints=False,
    )
    sampling, rendering, update, saving = estimate(chosen, CONFIG, machine, exact).stages
    # 8.14 B weights of 2 bytes, and 144 KiB of cache for each of 2 x 100 + 1024 tokens, a step.
    weights = 2 * (36 * (4096 * 128 * 80 + 3 * 4096 * 12_288) + 4096 * 151_936)
    assert sampling.bound == "memory"
    assert sampling.seconds == pytest.approx(100 * (weights + 147_456 * 1224) / 1e12)
    assert rendering.seconds == 2 * 3.0 + 2 * 0.5
    assert update.parts["links"] == 0
    share = 3 * 4 * (weights / 2 + 4096 * 151_936) / 50 / 1e9
    assert saving.seconds == pytest.approx(share)
    beside = dataclasses.replace(
        chosen, train=dataclasses.replace(chosen.train, async_checkpoints=True)
    )
    assert estimate(beside, CONFIG, machine, exact).stages[-1].seconds == pytest.approx(share / 10)
    others = sum(stage.seconds for stage in (sampling, rendering, update))
    slow = dataclasses.replace(exact, store_gbs=share / (2 * others))  # two steps for each share
    assert estimate(beside, CONFIG, machine, slow).stages[-1].seconds == pytest.approx(others)


def test_what_helps_helps():
    base = settings(mesh__fsdp=8, train__num_microbatches=8)
    machine = MACHINES["h200-8"]
    found = estimate(base, CONFIG, machine)

    def seconds(name, chosen=base, machine=machine):
        stages = {stage.name: stage for stage in estimate(chosen, CONFIG, machine).stages}
        return stages[name].seconds

    before = {stage.name: stage.seconds for stage in found.stages}
    faster = dataclasses.replace(machine, link_gbs=2 * machine.link_gbs)
    assert seconds("2_rollouts", machine=faster) < before["2_rollouts"]
    assert seconds("2_rollouts", settings(mesh__tensor=8)) < 0.2 * before["2_rollouts"]
    assert seconds("2_rollouts", settings(rollout__max_new_tokens=1024)) < before["2_rollouts"]
    no_teacher = settings(mesh__fsdp=8, train__num_microbatches=8, teacher__kind="none")
    assert seconds("6_update", no_teacher) < before["6_update"]
    kept = settings(mesh__fsdp=8, train__num_microbatches=8, model__remat=False)
    assert seconds("6_update", kept) < before["6_update"]
    assert seconds("checkpoint", settings(train__checkpoint_every=100)) < before["checkpoint"]
    assert found.hours * machine.dollars == pytest.approx(found.dollars)


def test_pictures_and_attention_are_counted():
    chosen = settings()
    assert dataclasses.astuple(vision_of(chosen, CONFIG, "student")) == (1, 512, 2048)
    assert dataclasses.astuple(vision_of(chosen, CONFIG, "teacher")) == (2, 512, 2048)
    student = forward_flops(chosen, CONFIG, "student", 3072)
    teacher = forward_flops(chosen, CONFIG, "teacher", 4096)
    assert teacher["vision"] == 2 * student["vision"]
    assert student["attention"] == 4 * 3072**2 * 4096 * 36
    blind = dataclasses.replace(CONFIG, vision=None)
    assert forward_flops(chosen, blind, "student", 3072)["vision"] == 0
    # The tower has .41 B weights in its blocks and 2,048 patches: 1.7 TFLOP, and its scores.
    assert 1.6e12 < student["vision"] < 2.4e12


def test_a_mesh_of_another_machine_is_refused():
    with pytest.raises(SettingsError, match=r"config.mesh = \(-1, 3, 1\).* not of 8 devices"):
        estimate(settings(mesh__fsdp=3), CONFIG, MACHINES["h200-8"])


def test_the_table_for_people():
    chosen = settings(mesh__fsdp=8)
    text = costs.format_table(estimate(chosen, CONFIG, MACHINES["h200-8"]), chosen)
    assert "on paper, not measured" in text
    assert re.search(r"2_rollouts +\d+\.\d   links \(arithmetic \d", text)
    assert re.search(r"a step, in all +\d+\.\d   2_rollouts binds, then 6_update", text)
    assert re.search(r"500 steps and two evaluations: \d+\.\d hours, \$\d+", text)


def test_chips_are_those_that_the_launch_scripts_rent():
    """launch/generations.tsv has no Python beside it, so that its columns stand twice."""
    lines = (ROOT / "launch" / "generations.tsv").read_text().splitlines()
    chips = {
        row[0]: row for line in lines if not line.startswith("#") for row in [line.split("\t")]
    }
    tpus = {name: machine for name, machine in MACHINES.items() if name.startswith("v")}
    assert set(tpus) == {"v5e-16", "v5p-8"}
    for name, machine in tpus.items():
        generation, _, number = name.partition("-")
        *_, cores, gib, price = chips[generation]
        assert machine.devices == int(number) // int(cores)
        assert machine.hbm_gib == float(gib)
        assert machine.dollars == machine.devices * float(price)
