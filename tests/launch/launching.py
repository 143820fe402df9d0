"""What the tests of launch/ share: a small repository with a blank in its path, fakes on PATH.

``python tests/launch/launching.py`` writes the golden dry runs anew; read the difference.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TARGETS = ("tpu_vm", "gke", "slurm", "skypilot", "gpu_box", "local")
TOOLS = (
    "gcloud",
    "xpk",
    "kubectl",
    "sky",
    "ssh",
    "scp",
    "sbatch",
    "scancel",
    "sacct",
    "squeue",
    "srun",
    "scontrol",
    "curl",
    "uv",
)
NASTY = '--config.model.path=/models/my "8B" model\'s $HOME'  # an argument that wants quotes
# Of the outside only this: a stray PROJECT or RUN_ID would win over the settings of a test.
CLEAN = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}


def verbs_of(target: str) -> list[str]:
    text = (ROOT / "launch" / target / "run.sh").read_text("utf-8")
    return re.findall(r"^## ([a-z]+) ", text, re.MULTILINE)


@dataclass
class Result:
    code: int
    out: str
    error: str


@dataclass
class Place:
    """A repository that holds launch/ and configs/, under ``folder``; its fakes are at work.

    Attributes:
      folder: everything is below it.
      repo: the repository, one commit; it has a blank in its path.
      environment: of every command.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.repo = self.folder / "my repo"
        self.log = self.folder / "calls.jsonl"
        for name in ("launch", "configs"):
            shutil.copytree(
                ROOT / name, self.repo / name, ignore=shutil.ignore_patterns("__pycache__", ".env")
            )
        for name in (".gitattributes", ".gitignore"):
            shutil.copy(ROOT / name, self.repo)
        (self.folder / "tmp").mkdir()
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        for tool in TOOLS:
            (bin_folder / tool).write_text(
                f"#!{sys.executable}\n{(HERE / 'fake_tool.py').read_text()}"
            )
            (bin_folder / tool).chmod(0o755)
        self.stub = bin_folder / "stub python"
        self.stub.write_text(
            f'#!/bin/sh\nexec {sys.executable} "{HERE / "stub_trainer.py"}" "$@"\n'
        )
        self.stub.chmod(0o755)
        self.environment = {
            **CLEAN,
            "PATH": f"{bin_folder}:{CLEAN['PATH']}",
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            "FAKE_LOG": str(self.log),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            **self.environment,
        }
        for words in (
            ["init", "--quiet"],
            ["add", "."],
            ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", "a"],
        ):
            subprocess.run(["git", *words], cwd=self.repo, env=self.environment, check=True)
        self.commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=self.repo, check=True, capture_output=True, text=True
        ).stdout.strip()

    def settings(self, target: str, *lines: str, without: str = "") -> None:
        """Write the target's .env: the example's values, and ``lines`` instead of or after them."""
        example = (self.repo / "launch" / target / ".env.example").read_text("utf-8")
        names = {line.split("=")[0] for line in lines} | {without}
        kept = [line for line in example.splitlines() if line.split("=")[0] not in names]
        (self.repo / "launch" / target / ".env").write_text("\n".join([*kept, *lines]) + "\n")

    def run(self, target: str, *words: str, answer: str = "", **environment: str) -> Result:
        self.log.unlink(missing_ok=True)
        script = self.repo / "launch" / target / "run.sh"
        done = subprocess.run(
            ["bash", str(script), *words],
            cwd=self.folder,
            input=answer,
            text=True,
            env=self.environment | environment,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def calls(self) -> list[list[str]]:
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def masked(self, text: str) -> str:
        return text.replace(str(self.folder), "<folder>").replace(self.commit, "<commit>")


def dry_runs(place: Place, target: str) -> str:
    """Every verb's dry run, with one argument of the trainer that wants quotes."""
    place.settings(target, NASTY)
    parts = []
    for verb in verbs_of(target):
        result = place.run(target, "--dry_run", verb)
        assert result.code == 0, result
        parts.append(f"$ launch/{target}/run.sh --dry_run {verb}\n{place.masked(result.out)}")
    return "\n".join(parts)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        for name in TARGETS:
            (HERE / "golden" / f"{name}.txt").write_text(dry_runs(place, name), "utf-8")
