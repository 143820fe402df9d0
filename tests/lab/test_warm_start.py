import jax
import numpy as np
import pytest
from tokenizers import Tokenizer

from vsdpo_jax.lab.pretrain import MINI_CONFIG
from vsdpo_jax.lab.warm_start import embedding_rows, warm_start
from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import weights
from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig
from vsdpo_jax.rollout.bpe import train_tokenizer

TEXTS = {"sea": ["the boats are in the harbor"] * 9, "land": ["the trees are in the garden"] * 9}
SMALL = {"hidden_size": 32, "num_hidden_layers": 1, "intermediate_size": 32, "vocab_size": 300}


def _config(**changes):
    text = {**MINI_CONFIG["text_config"], **SMALL, **changes}
    return Qwen3VLConfig.from_hf({**MINI_CONFIG, "text_config": text})


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two tokenizers, the first with a model."""
    root, config = tmp_path_factory.mktemp("minis"), _config()
    for name, texts in TEXTS.items():
        train_tokenizer(texts, 300, root / name)
    weights.save(root / "sea", qwen3_vl.init(jax.random.key(0), config), config)
    return root


def test_same_tokens_keep_their_rows_and_every_row_is_taken_once():
    row_V = embedding_rows({"a": 0, "b": 1, "c": 2}, {"c": 0, "d": 1, "a": 2}, 5)
    assert row_V.tolist() == [2, 1, 0, 3, 4]
    assert sorted(row_V.tolist()) == list(range(5))


def test_layers_are_the_donors_and_shared_tokens_mean_the_same(folders):
    tokenizer = Tokenizer.from_file(str(folders / "land" / "tokenizer.json"))
    params = warm_start(folders / "sea", _config(), tokenizer)
    donor, _ = weights.load(folders / "sea")
    jax.tree.map(np.testing.assert_array_equal, params["layers"], donor["layers"])
    theirs = Tokenizer.from_file(str(folders / "sea" / "tokenizer.json")).get_vocab()
    ours = tokenizer.get_vocab()
    shared = theirs.keys() & ours.keys()
    assert len(shared) > 256
    for token in shared:
        expected = donor["embed_tokens"][theirs[token]]
        np.testing.assert_array_equal(params["embed_tokens"][ours[token]], expected)


def test_another_shape_is_refused(folders):
    tokenizer = Tokenizer.from_file(str(folders / "land" / "tokenizer.json"))
    with pytest.raises(ValueError, match=r"--init=.*config\.json differs"):
        warm_start(folders / "sea", _config(num_hidden_layers=2), tokenizer)
