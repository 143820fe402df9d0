"""Models by family, as functions of a parameter tree. ``vsdpo_jax.load`` opens one for people."""

from typing import Any


def __getattr__(name: str) -> Any:
    """``load`` was here before it moved up, to where nothing imports upwards; the name stays."""
    if name == "load":
        import vsdpo_jax

        return vsdpo_jax.load
    raise AttributeError(f"module 'vsdpo_jax.models' has no attribute {name!r}")
