"""What is free goes back."""

from __future__ import annotations

import subprocess
import sys

HELD = """
from pathlib import Path
from vsdpo_jax.sandbox.process import give_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

before = resident()
blocks = [bytes(5000) for _ in range(20_000)]
last = blocks[-1]  # everything below it in the heap stays with the process
del blocks
held = resident()
give_back()
print(held - before, resident() - before)
"""


def test_what_is_free_goes_back_to_the_machine() -> None:
    said = subprocess.run(
        [sys.executable, "-c", HELD], check=True, capture_output=True, text=True
    ).stdout
    held, left = map(int, said.split())
    assert held > 90_000_000
    assert left < 10_000_000
