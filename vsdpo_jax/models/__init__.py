"""Models by name: ``load`` opens a checkpoint for people; training imports the families below."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import vsdpo_jax.rollout.model


def load(path_or_hub_id: str | Path, dtype: Any = "float32") -> vsdpo_jax.rollout.model.Model:
    """A checkpoint's model with ``.score(messages, completion)`` and ``.generate(messages)``.

    Args:
      path_or_hub_id: a folder in Hugging Face format, or a repository "organisation/name".
      dtype: of weights and activations: float32, bfloat16 or float16.

    Raises:
      FileNotFoundError: no such folder or repository, or files that it lacks, by name.
      ValueError: another dtype, another model family, damaged files, tensors that do not fit.
    """
    # The package below this one is imported by everything; what holds models and processors
    # together stands above it.
    from vsdpo_jax.rollout.model import load as load_model

    return load_model(path_or_hub_id, dtype=dtype)
