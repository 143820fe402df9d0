"""SIGKILL at random moments of a run, its saves included."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("kills", "seed", "place"), [
    (3, 0, "disk"), (1, 2, "bucket"), pytest.param(25, 1, "disk", marks=pytest.mark.long),
    pytest.param(25, 3, "bucket", marks=pytest.mark.long),
])  # fmt: skip
def test_a_run_that_is_killed_at_any_moment_ends_the_same_bit_for_bit(tmp_path, kills, seed, place):
    script = Path(__file__).parent / "killing.py"
    command = [sys.executable, str(script), str(tmp_path), str(kills), str(seed), place]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    assert ended.returncode == 0, ended.stderr[-2000:]
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["kills"] == kills
    assert found["same"]
    assert found["rows"]
    assert found["damaged"] == []
