"""The image tower of CLIP ViT-B/32 (Radford et al. 2021): pictures to embeddings.

Shapes: B pictures, Y and X pixels, C channels, N tokens (49 patches after one for the class), E
width, D embedding.
"""

from vsdpo_jax.models.clip.tower import ClipConfig, Tower, embed, normalized, similarity
from vsdpo_jax.models.clip.weights import WeightsMismatch, find_weights, load

__all__ = [
    "ClipConfig",
    "Tower",
    "WeightsMismatch",
    "embed",
    "find_weights",
    "load",
    "normalized",
    "similarity",
]
