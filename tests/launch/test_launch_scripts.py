"""What can be said of the launch scripts without a tool: syntax, help, dry runs, refusals."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from launching import HERE, NASTY, ROOT, TARGETS, dry_runs, verbs_of

SCRIPTS = sorted((ROOT / "launch").rglob("*.sh"))


def test_shellcheck_has_nothing_to_say():
    shellcheck = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run(
        [shellcheck, "--external-sources", "--source-path", ROOT, *SCRIPTS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert len(SCRIPTS) == len(TARGETS) + 3
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.parametrize("target", TARGETS)
def test_help_names_every_verb_and_setting(place, target):
    result = place.run(target, "--help")
    assert (result.code, result.error) == (0, "")
    named = re.findall(r"^  ([a-z]+) {2,}\S", result.out, re.MULTILINE)
    assert named == verbs_of(target)
    assert {"train", "status", "logs", "resume", "drill", "delete"} <= set(named)
    example = (ROOT / "launch" / target / ".env.example").read_text("utf-8")
    settings = re.findall(r"^#? ?([A-Z][A-Z0-9_]*)=", example, re.MULTILINE)
    assert settings
    assert [name for name in settings if f"{name}=" not in result.out] == []
    script = "".join(
        path.read_text("utf-8")
        for path in (ROOT / "launch" / target / "run.sh", ROOT / "launch" / "lib.sh")
    )
    assert [name for name in settings if not re.search(rf"\b{name}\b", script)] == [], "never read"


@pytest.mark.parametrize("target", TARGETS)
def test_dry_runs_are_the_golden_ones_and_run_nothing(place, target):
    """A change is written anew by python tests/launch/launching.py."""
    golden = (HERE / "golden" / f"{target}.txt").read_text("utf-8")
    assert dry_runs(place, target) == golden
    assert place.calls() == []
    assert {path.name for path in (place.folder / "tmp").iterdir()} == set()
    assert not (place.repo / "runs").exists()


@pytest.mark.parametrize("target", TARGETS)
def test_what_a_dry_run_prints_is_a_script(target):
    golden = (HERE / "golden" / f"{target}.txt").read_text("utf-8")
    lines = [line for line in golden.splitlines() if not line.startswith("$ ")]
    text = re.sub("<(folder|commit)>", r"\1", "\n".join(lines))
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)


@pytest.mark.parametrize("target", TARGETS)
def test_no_verb_a_bad_one_and_a_bad_flag(place, target):
    place.settings(target)
    assert place.run(target).code == 2
    result = place.run(target, "creat")
    assert result.code == 2
    assert result.error.startswith("error: no verb creat; there are: ")
    result = place.run(target, "--dryrun", "train")
    assert (result.code, result.out) == (2, "")
    assert "unknown flag --dryrun" in result.error
    result = place.run(target, "train", "--config.seed=1")
    assert result.code == 2
    assert "the trainer's own go behind --" in result.error
    result = place.run(target, "train", "again")
    assert result.error.startswith("error: train takes no again")
    assert place.calls() == []


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "local"])
def test_missing_settings_are_named_with_the_line_to_add(place, target):
    (place.repo / "launch" / target / ".env").unlink(missing_ok=True)
    result = place.run(target, "drill")
    example = (ROOT / "launch" / target / ".env.example").read_text("utf-8").splitlines()
    assert result.code == 2
    missing = re.match(r"error: not set: ([A-Z_, ]+)\.", result.error)
    assert missing, result.error
    for name in missing[1].split(", "):
        line = next(line for line in example if line.startswith(f"{name}="))
        assert f"\n  {line}\n" in result.error
    assert place.calls() == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("RUN ID=x", "line {n}: neither NAME=value nor an argument --...: RUN ID=x"),
        ("ZONES=a", "line {n}: ZONES is no setting of tpu_vm"),
        ("PATH=a", "line {n}: PATH is no setting of tpu_vm"),
        ("RUN_ID='a", "line {n}: the quotes of RUN_ID do not match"),
        ("RUN_ID=My_Run", "RUN_ID=My_Run: at most 28 small letters"),
        ("RUN_ID=a/../../b", "RUN_ID=a/../../b: at most 28 small letters"),
        ("CONFIG=configs/mini.py", "CONFIG=configs/mini.py: no such file in "),
        ("RUNS=/disk/runs", "RUNS=/disk/runs: the hosts share no disk; give a bucket"),
        ("ACCELERATOR_TYPE=v5e-16", "ACCELERATOR_TYPE=v5e-16: not one of v4-N v5litepod-N v5p-N"),
        ("ACCELERATOR_TYPE=v5p", "ACCELERATOR_TYPE=v5p: not one of"),
        ("ACCELERATOR_TYPE=v5p-x", "ACCELERATOR_TYPE=v5p-x: not one of"),
    ],
)
def test_settings_that_cannot_be(place, line, message):
    place.settings("tpu_vm", line)
    number = len((place.repo / "launch" / "tpu_vm" / ".env").read_text("utf-8").splitlines())
    result = place.run("tpu_vm", "--yes", "train")
    assert result.code == 2
    assert message.format(n=number) in result.error
    assert place.calls() == []


def test_a_settings_file_of_any_name_and_the_environment_over_it(place, tmp_path):
    path = tmp_path / "my settings.env"
    path.write_text(
        'export PROJECT="my project" # blanks\r\n  ZONE = x\n'.replace("ZONE = x", "ZONE='a b'")
        + f"TPU_NAME=one  # a comment\n\nACCELERATOR_TYPE=v5p-8\n{NASTY}\n"
    )
    result = place.run("tpu_vm", f"--env_file={path}", "--dry_run", "create", TPU_NAME="two")
    assert result.code == 0
    assert (
        "vm create two '--zone=a b' '--project=my project' --accelerator-type=v5p-8" in result.out
    )
    assert "v5p-8 (4 chips, 1 hosts) in a b, $16.80 per hour by an unchecked" in result.out
    assert result.error == f"note: TPU_NAME=two comes from the environment, not from {path}\n"
    result = place.run("tpu_vm", f"--env_file={path}x", "create")
    assert result.error == f"error: --env_file={path}x: no such file\n"


@pytest.mark.parametrize(
    ("accelerator", "said"),
    [
        ("v4-16", "(8 chips, 2 hosts) in us-west4-a, $25.76"),
        ("v5litepod-1", "(1 chips, 1 hosts) in us-west4-a, $1.20"),
        ("v5litepod-8", "(8 chips, 1 hosts) in us-west4-a, $9.60"),
        ("v5litepod-32", "(32 chips, 8 hosts) in us-west4-a, $38.40"),
        ("v6e-256", "(256 chips, 64 hosts) in us-west4-a, $691.20"),
        ("v5p-128", "(64 chips, 16 hosts) in us-west4-a, $268.80"),
    ],
)
def test_chips_hosts_and_price_of_a_type(place, accelerator, said):
    place.settings("tpu_vm", f"ACCELERATOR_TYPE={accelerator}")
    assert said in place.run("tpu_vm", "--dry_run", "create").out
    result = place.run("tpu_vm", "--dry_run", "create", PRICE_PER_CHIP_HOUR="0")
    assert "$0.00 per hour as PRICE_PER_CHIP_HOUR says" in result.out


def test_only_commits_are_sent(place):
    place.settings("tpu_vm")
    path = place.repo / "configs" / "mini_chart.py"
    text = path.read_text("utf-8")
    try:
        path.write_text(text + "# changed\n", "utf-8")
        result = place.run("tpu_vm", "--dry_run", "setup")
        assert result.code == 2
        assert "only commits are sent; commit them first:\n M configs/mini_chart.py" in result.error
        local = place.run("local", "--dry_run", "train")
        assert f"VSDPO_COMMIT={place.commit}-changed" in local.out
    finally:
        path.write_text(text, "utf-8")


def test_a_folder_that_is_no_checkout(place, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    subprocess.run(["cp", "-r", place.repo / "launch", place.repo / "configs", copy], check=True)
    done = subprocess.run(
        ["bash", copy / "launch" / "local" / "run.sh", "train"],
        check=False,
        capture_output=True,
        text=True,
        env=place.environment,
    )
    assert done.returncode == 2
    assert f"error: {copy} is no git checkout" in done.stderr


def test_pins_are_one(place):
    """jax of every generation, of scripts and setup.py; xpk and SkyPilot as the pages say."""
    lines = (ROOT / "launch" / "generations.tsv").read_text("utf-8").splitlines()
    names = next(line for line in lines if line.startswith("# generation")).strip("# ").split("\t")
    rows = [dict(zip(names, line.split("\t"), strict=True)) for line in lines if line[0] != "#"]
    assert [row["generation"] for row in rows] == ["v4", "v5e", "v5p", "v6e"]
    library = (ROOT / "launch" / "lib.sh").read_text("utf-8")
    version = re.search(r"JAX_VERSION=(\S+)", library)
    assert version
    assert {row["jax"] for row in rows} == {version[1]}
    assert f'"jax[tpu]>={version[1]},' in (ROOT / "setup.py").read_text("utf-8")
    for tool, target in (("xpk==", "gke"), ("skypilot[gcp]==", "skypilot")):
        text = (ROOT / "launch" / target / "run.sh").read_text("utf-8")
        pin = re.search(rf"{re.escape(tool)}[\d.]+", text)
        assert pin
        assert pin[0] in (ROOT / "launch" / target / "README.md").read_text("utf-8")
