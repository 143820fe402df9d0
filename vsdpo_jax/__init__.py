"""Visual-SDPO in JAX: train models to write code whose picture is right. Start with train.py."""

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """``vsdpo_jax.load``, imported when it is first asked for: render workers import no jax."""
    if name == "load":
        import importlib

        return importlib.import_module("vsdpo_jax.rollout.model").load
    raise AttributeError(f"module 'vsdpo_jax' has no attribute {name!r}")
