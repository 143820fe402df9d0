"""What a notebook is told where a kernel or a container lacks a layer: faked answers of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vsdpo_jax.domains import confinement
from vsdpo_jax.domains.confinement import missing_layer
from vsdpo_jax.sandbox import LayerUnavailable, SandboxUnavailable
from vsdpo_jax.sandbox.forkserver import unavailable_text

ROOT = Path(__file__).parents[2]
WITHOUT = [sys.executable, str(ROOT / "tests" / "without_layers.py")]
# Asks, then does what the notebooks do: run behind what is left.
SCRIPT = """
import sys
from vsdpo_jax.domains.confinement import missing_layer
from vsdpo_jax.domains.pool import Job, RenderPool
domain, source = sys.argv[1:]
missing = missing_layer(domain)
print(missing)
with RenderPool(domain, 1, unsafe=missing is not None) as pool:
    print(pool.map([Job(source=source)])[0].render.status)
"""
CHART = "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()\n"
PAGE = "<!doctype html><html><body><h1>Tea</h1><p>Drink it hot.</p></body></html>"


def asked_without(layer: str, domain: str, source: str) -> list[str]:
    """The lines that the script prints on such a machine."""
    command = [*WITHOUT, layer, sys.executable, "-c", SCRIPT, domain, source]
    result = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layer", "domain", "source", "says"),
    [
        ("landlock", "chart", CHART, "(Landlock: Function not implemented)"),
        pytest.param(
            "seccomp",
            "chart",
            CHART,
            "(self-test: the kernel refused seccomp: Invalid argument)",
            marks=pytest.mark.long,
        ),
        ("namespaces", "web", PAGE, "Chromium finds no way to confine pages here"),
    ],
)
def test_one_sentence_names_the_layer_and_programs_run_behind_the_others(
    layer, domain, source, says
):
    missing, status = asked_without(layer, domain, source)
    assert says in missing
    assert not missing.endswith(".")
    assert status == "ok"


class Refusing:
    """A pool of a machine that lacks something."""

    def __init__(self, error: Exception | None):
        self._error = error

    def __call__(self, domain: str, num_workers: int) -> Refusing:
        return self

    def __enter__(self) -> Refusing:
        if self._error is not None:
            raise self._error
        return self

    def __exit__(self, *reason: object) -> None:
        pass


def test_the_sentence_leaves_out_what_a_command_says_besides(monkeypatch):
    text = unavailable_text("Landlock: Function not implemented")
    monkeypatch.setattr(confinement, "RenderPool", Refusing(LayerUnavailable(text)))
    assert missing_layer("any") == (
        "programs cannot be confined on this machine (Landlock: Function not implemented)"
    )


def test_a_confined_machine_lacks_nothing(monkeypatch):
    monkeypatch.setattr(confinement, "RenderPool", Refusing(None))
    assert missing_layer("any") is None


def test_nothing_to_draw_with_is_no_layer(monkeypatch):
    monkeypatch.setattr(confinement, "RenderPool", Refusing(SandboxUnavailable("no Chromium")))
    with pytest.raises(SandboxUnavailable, match="no Chromium"):
        missing_layer("any")
