"""A mini model that begins with the layers of another domain's.

What a model learns first is the same in all domains: to follow the chat format, to find the place
in the task that comes next, to copy it. From the chart policy a page policy has its loss after a
fraction of the tokens (docs/LOG.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from tokenizers import Tokenizer

from vsdpo_jax.models.qwen3_vl import weights
from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig


def warm_start(folder: Path, config: Qwen3VLConfig, tokenizer: Tokenizer) -> dict[str, Any]:
    """Parameters of another model, its embeddings in the order of this vocabulary.

    A token that both vocabularies spell alike keeps its embedding. The others take those of the
    tokens that are not needed here, in order: arbitrary ones, of the scale that the layers know.

    Args:
      folder: Hugging Face folder with a tokenizer.json of its own.
      config: of the model to be made.
      tokenizer: of the model to be made.

    Returns:
      float32 parameters for ``config``.

    Raises:
      ValueError: the folder's model has another shape or tied its head otherwise.
    """
    params, donor = weights.load(folder)
    if donor != config:
        raise ValueError(f"--init={folder}: its config.json differs from the model to be made")
    theirs = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    table_VD = np.asarray(params["embed_tokens"])
    row_V = embedding_rows(theirs, tokenizer.get_vocab(), len(table_VD))
    return {**params, "embed_tokens": jnp.asarray(table_VD[row_V])}


def embedding_rows(theirs: dict[str, int], ours: dict[str, int], size: int) -> np.ndarray:
    """int[size]: for each id of ours the id of theirs whose embedding it takes; each is taken once.

    Args:
      theirs, ours: token -> id below ``size``; ids without a token count as tokens of no spelling.
    """
    row_V = np.full(size, -1)
    for token, index in ours.items():
        row_V[index] = theirs.get(token, -1)
    free = np.setdiff1d(np.arange(size), row_V)
    row_V[row_V < 0] = free
    return row_V
