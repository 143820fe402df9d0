"""Visual-SDPO in JAX: train models to write code whose picture is right. Start with train.py."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """``load`` and ``models``, imported when first asked for: render workers import no jax."""
    if name == "load":
        return import_module("vsdpo_jax.rollout.model").load
    if name == "models":
        return import_module("vsdpo_jax.models")
    raise AttributeError(f"module 'vsdpo_jax' has no attribute {name!r}")
