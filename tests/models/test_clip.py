"""CLIP's image tower against the reference implementation, on random weights."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from vsdpo_jax.models import clip

SIZES = clip.ClipConfig(side=64, patch=32, width=48, heads=4, layers=2, hidden=96, embedding=32)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The reference's tower of SIZES, and its weights in a folder."""
    import torch
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(0)
    config = CLIPVisionConfig(
        hidden_size=SIZES.width, intermediate_size=SIZES.hidden, num_hidden_layers=SIZES.layers,
        num_attention_heads=SIZES.heads, image_size=SIZES.side, patch_size=SIZES.patch,
        projection_dim=SIZES.embedding, hidden_act="quick_gelu",
    )  # fmt: skip
    model = CLIPVisionModelWithProjection(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    folder = tmp_path_factory.mktemp("clip")
    model.save_pretrained(folder)
    return model, folder / "model.safetensors"


def test_embeddings_are_the_references(reference):
    import torch

    model, path = reference
    pixels = np.random.default_rng(0).integers(0, 256, (3, SIZES.side, SIZES.side, 3), np.uint8)
    normal = clip.normalized(pixels)
    with torch.no_grad():
        theirs = model(torch.from_numpy(normal.transpose(0, 3, 1, 2))).image_embeds.numpy()
    ours = np.asarray(clip.embed(clip.load(path, SIZES), normal, SIZES))
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_pictures_are_normalised_as_the_reference_does():
    from transformers import CLIPImageProcessor
    from transformers.models.clip import image_processing_pil_clip

    pixels = np.random.default_rng(1).integers(0, 256, (224, 224, 3), np.uint8)
    processor = getattr(image_processing_pil_clip, "CLIPImageProcessorPil", CLIPImageProcessor)()
    theirs = processor(pixels, return_tensors="np")["pixel_values"][0]
    np.testing.assert_allclose(
        clip.normalized(pixels[None])[0], theirs.transpose(1, 2, 0), atol=1e-5
    )


def test_the_defaults_are_the_published_sizes():
    shapes = jax.eval_shape(
        clip.Tower(clip.ClipConfig()).init, jax.random.key(0), np.zeros((1, 224, 224, 3))
    )
    count = sum(leaf.size for leaf in jax.tree.leaves(shapes))
    assert count == 87_849_216


def test_a_file_of_other_weights_is_refused_by_name(reference, tmp_path):
    _, path = reference
    tensors = load_file(path)
    with pytest.raises(clip.WeightsMismatch, match=r"has the shape .* where .* is needed"):
        clip.load(path)
    del tensors["visual_projection.weight"]
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(clip.WeightsMismatch, match=r"no tensor 'visual_projection\.weight'"):
        clip.load(tmp_path / "model.safetensors", SIZES)


def test_the_similarity_of_pictures_is_that_of_their_embeddings(reference):
    params = clip.load(reference[1], SIZES)
    pixels = np.random.default_rng(2).integers(0, 256, (4, SIZES.side, SIZES.side, 3), np.uint8)
    first, second = pixels[[0, 1, 2, 0]], pixels[[0, 3, 1, 1]]
    found = clip.similarity(params, first, second, SIZES)
    embedded = np.asarray(clip.embed(params, clip.normalized(pixels), SIZES))
    unit = embedded / np.linalg.norm(embedded, axis=1, keepdims=True)
    wanted = [unit[i] @ unit[j] for i, j in ((0, 0), (1, 3), (2, 1), (0, 1))]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    assert found[0] == pytest.approx(1.0)
