"""JAX as all tests use it: exact on CPU, strict about broadcasting, eight virtual devices."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import fake_gcs
import hypothesis
import jax
import pytest

# A shell's background jobs begin with interrupts ignored, and so would everything they start: tests
# of what an interrupt leaves behind need them, here and in the processes of the tests.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests compile some thousand programs and run each for milliseconds. Without MLIR's emitters and
# LLVM's optimizations an update of the tiny model compiles in 0.8 processor seconds instead of 4.4.
# Processes that tests start inherit it; what the user sets comes last and wins.
QUICK = "--xla_cpu_use_fusion_emitters=false --xla_backend_optimization_level=0"
os.environ["XLA_FLAGS"] = f"{QUICK} {os.environ.get('XLA_FLAGS', '')}"

# The platform stays the user's choice (JAX_PLATFORMS); these settings leak into no child process.
jax.config.update("jax_num_cpu_devices", 8)  # for sharding; unsharded work stays on the first
jax.config.update("jax_default_matmul_precision", "highest")
jax.config.update("jax_numpy_rank_promotion", "raise")
# A folder for each of the processes that share the tests: entries are not written in one go.
CACHE = Path(__file__).parents[1] / ".pytest_cache" / os.environ.get("PYTEST_XDIST_WORKER", "gw0")
jax.config.update("jax_compilation_cache_dir", str(CACHE / "jax"))
os.environ["VSDPO_CACHE"] = str(CACHE / "vsdpo")  # of commands, in place of the user's
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)

# The first example of a test compiles: a deadline would measure that.
hypothesis.settings.register_profile("vsdpo_jax", deadline=None)
hypothesis.settings.load_profile("vsdpo_jax")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole commands first: their files take minutes, and one alone at the end holds all up.

    Domains last: some hold a browser to the end, and where Playwright runs no other loop can.
    """
    root = Path(__file__).parent
    items.sort(key=lambda item: (item.path.parent != root, root / "domains" in item.path.parents))


@pytest.fixture
def gcs(monkeypatch: pytest.MonkeyPatch) -> Iterator[fake_gcs.Server]:
    """An empty Google Cloud Storage on this machine, which all clients of this process talk to."""
    server = fake_gcs.shared()
    for name, value in fake_gcs.environment(server.url).items():
        monkeypatch.setenv(name, value)
    server.objects.clear()
    server.log.clear()
    yield server
    server.faults = lambda *_: None


MOST_MAPS = 15_000
MAPS = Path("/proc/self/maps")


@pytest.fixture(scope="module", autouse=True)
def few_programs() -> Iterator[None]:
    """Forget compiled programs before they fill the process.

    Every one holds about a dozen memory maps. Linux gives a process 65,530, and XLA ends with a
    segmentation fault at the next one; all tests in one process reach that after some 3,000.
    """
    yield
    if MAPS.exists() and MAPS.read_bytes().count(b"\n") > MOST_MAPS:
        jax.clear_caches()
