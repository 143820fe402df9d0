"""The three lines for people: load, score, generate; on the mini model and on a Qwen3-VL folder."""

from __future__ import annotations

import inspect
import json
import shutil
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tiny_folder import COMPLETION, LIMIT, MINI, PREPROCESSOR, PROMPTS, ROOT, VOCAB, picture, user

import vsdpo_jax
from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import weights
from vsdpo_jax.rollout.model import Model
from vsdpo_jax.rollout.processor import Processor


def inputs(model: Model, messages: Any, completion: np.ndarray) -> dict[str, Any]:
    """What the reference reads."""
    import torch

    prompt = model.processor.encode_multimodal(messages)
    ids = torch.tensor(np.concatenate([prompt.ids, completion]))[None].long()
    found = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if prompt.images:
        patches = np.concatenate([image.patches_PC for image in prompt.images])
        found |= {
            "pixel_values": torch.tensor(patches),
            "image_grid_thw": torch.tensor([image.grid for image in prompt.images]),
            "mm_token_type_ids": (ids == model.config.image_token_id).int(),
        }
    return found


@pytest.mark.parametrize("name", PROMPTS)
def test_scores_are_the_references(model: Model, reference: Any, name: str) -> None:
    import torch

    scored = model.score(PROMPTS[name], COMPLETION)
    np.testing.assert_array_equal(scored.token_ids, model.processor.encode(COMPLETION))
    assert scored.token_ids.dtype == np.int32
    assert scored.logprobs.dtype == np.float32
    assert scored.logprobs.shape == scored.token_ids.shape
    with torch.no_grad():
        logits_SV = reference(**inputs(model, PROMPTS[name], scored.token_ids)).logits[0]
    assert logits_SV.shape[1] == VOCAB
    logp_TV = torch.log_softmax(logits_SV, -1).numpy()[-len(scored.token_ids) - 1 : -1]
    expected_T = np.take_along_axis(logp_TV, scored.token_ids[:, None], axis=1)[:, 0]
    np.testing.assert_allclose(scored.logprobs, expected_T, rtol=1e-5, atol=1e-5)


def test_images_matter(model: Model) -> None:
    """Scores depend on what is in the picture, on its shape and on the order of pictures."""
    first, second = picture(96, 64), picture(64, 96)
    prompts = [(first,), (second,), (first, second), (second, first), (first.rotate(180),)]
    scores = [model.score(user(*prompt), "plt").logprobs[0] for prompt in prompts]
    assert len(set(np.round(scores, 4).tolist())) == len(prompts)


@pytest.mark.parametrize("name", PROMPTS)
def test_greedy_texts_are_the_references(model: Model, reference: Any, name: str) -> None:
    import torch

    asked = inputs(model, PROMPTS[name], np.zeros(0, np.int32))
    with torch.no_grad():
        out = reference.generate(
            **asked,
            max_new_tokens=20,
            do_sample=False,
            eos_token_id=list(model.processor.stop_ids),
            pad_token_id=model.processor.pad_id,
            suppress_tokens=[
                *range(model.processor.vocab_size, VOCAB),
                *model.processor.forbidden_ids,
            ],
        )
    expected = model.processor.decode(out[0, asked["input_ids"].shape[1] :].numpy())[0]
    assert len(expected) > 10
    texts = model.generate(PROMPTS[name], max_new_tokens=20, temperature=0.0)
    assert texts == [expected]


def test_samples_follow_seed_and_settings(model: Model) -> None:
    messages = PROMPTS["one image"]
    four = model.generate(messages, max_new_tokens=8, num_samples=4)
    assert len(set(four)) == 4
    assert model.generate(messages, max_new_tokens=8, num_samples=4) == four
    assert model.generate(messages, max_new_tokens=8, num_samples=2) == four[:2]
    assert model.generate(messages, max_new_tokens=8, num_samples=4, seed=1) != four
    greedy = model.generate(messages, max_new_tokens=8, temperature=0)
    assert model.generate(messages, max_new_tokens=8, top_k=1, seed=3) == greedy
    assert model.generate(messages, max_new_tokens=8, top_p=1e-6, seed=3) == greedy


def test_fewer_tokens_are_the_beginning(model: Model) -> None:
    """Limits below the compiled length cut exactly, and compile nothing."""
    messages = PROMPTS["text"]
    ids = {}
    for count in (1, 5, 12):
        (text,) = model.generate(messages, max_new_tokens=count, temperature=0)
        ids[count] = text
    before = model.num_compiles
    assert ids[12].startswith(ids[5].rstrip("\ufffd"))
    assert ids[5].startswith(ids[1].rstrip("\ufffd"))
    model.generate(messages, max_new_tokens=7, temperature=0)
    assert model.num_compiles == before


@pytest.mark.parametrize("as_list", [True, False])
def test_stop_strings_end_texts_and_are_left_out(model: Model, as_list: bool) -> None:
    messages = PROMPTS["text"]
    (free,) = model.generate(messages, max_new_tokens=20, temperature=0)
    pieces = [free[place : place + 3] for place in range(3, len(free) - 3)]
    stop = next(piece for piece in pieces if "\ufffd" not in piece)
    (text,) = model.generate(
        messages, max_new_tokens=20, temperature=0, stop=[stop] if as_list else stop
    )
    assert text == free[: free.index(stop)]


def test_the_mini_model_scores_as_a_plain_pass(mini: Model) -> None:
    messages = [{"role": "user", "content": "A bar chart of three values."}]
    completion = "import matplotlib.pyplot as plt\n"
    scored = mini.score(messages, completion)
    prompt = mini.processor.encode_chat(messages)
    tokens_1S = jnp.asarray(np.concatenate([prompt, mini.processor.encode(completion)]))[None]
    params, config = weights.load(MINI)
    hidden_1SD = qwen3_vl.hidden_fn(config)(params, tokens_1S, jnp.ones(tokens_1S.shape, bool))
    logp_SV = jax.nn.log_softmax(hidden_1SD[0] @ qwen3_vl.head_VD(params, config).T, axis=-1)
    expected_T = np.asarray(logp_SV)[np.arange(len(prompt) - 1, tokens_1S.shape[1] - 1),
                                     scored.token_ids]  # fmt: skip
    np.testing.assert_allclose(scored.logprobs, expected_T, rtol=1e-5, atol=1e-5)


def test_the_mini_model_writes_programs(mini: Model) -> None:
    texts = mini.generate(
        [{"role": "user", "content": "Draw a bar chart with matplotlib."}],
        max_new_tokens=24, temperature=0.7, num_samples=3,
    )  # fmt: skip
    assert len(texts) == 3
    assert all(isinstance(text, str) and "<|" not in text for text in texts)


def test_half_precision_is_close(mini: Model) -> None:
    messages = [{"role": "user", "content": "A bar chart."}]
    exact = mini.score(messages, "import numpy as np\n")
    for dtype in ("bfloat16", jnp.float16):
        half = vsdpo_jax.load(MINI, dtype=dtype)
        assert {leaf.dtype for leaf in jax.tree.leaves(half.params)} == {jnp.dtype(dtype)}
        scored = half.score(messages, "import numpy as np\n")
        assert scored.logprobs.dtype == np.float32
        np.testing.assert_allclose(scored.logprobs, exact.logprobs, atol=0.2)
        assert np.any(scored.logprobs != exact.logprobs)
    assert len(half.generate(messages, max_new_tokens=4)) == 1


def test_lengths_share_programs(folder: Path) -> None:
    model = vsdpo_jax.load(folder)
    assert model.num_compiles == 0
    for words in ("a", "a b c", "a b c d e f g"):
        model.score([*PROMPTS["text"], {"role": "user", "content": words}], words)
        model.score(user(words, picture(96, 64)), words)
        model.score(user(picture(64, 64), words), words)
    assert model.num_compiles == 2  # with and without an image
    for count in (4, 9):
        model.generate([{"role": "user", "content": "x" * count}], max_new_tokens=count)
    assert model.num_compiles == 3


def test_end_of_turn_is_scored_only_when_written(mini: Model) -> None:
    messages = [{"role": "user", "content": "A bar chart."}]
    plain, ended = (mini.score(messages, text) for text in ("plt", "plt<|im_end|>"))
    assert len(ended.token_ids) == len(plain.token_ids) + 1
    assert ended.token_ids[-1] == mini.processor.stop_ids[0]
    np.testing.assert_allclose(ended.logprobs[:-1], plain.logprobs, atol=1e-5)


def test_attention_and_pixels_are_set_when_a_model_is_opened(
    folder: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = vsdpo_jax.load(folder, max_pixels=4096, attention="xla")
    assert small.attention == "xla"
    assert len(small.processor.encode_multimodal(PROMPTS["one image"]).images[0].patches_PC) == 8
    for changes, match in (
        ({"attention": "flash"}, "attention is 'flash'; choose one of xla, cudnn, splash"),
        ({"attention": "splash"}, "attention is 'splash', which runs on a tpu"),
        ({"max_pixels": 1.5}, "max_pixels is 1.5; use a whole number, 1 or more"),
        ({"max_pixels": True}, "max_pixels is True; use a whole number"),
        ({"max_pixels": 0}, "max_pixels is 0; use 1 or more"),
        ({"max_pixels": 5}, "max_pixels is 5; it has to be at least min_pixels, 4096"),
    ):
        with pytest.raises(ValueError, match=match):
            inspect.unwrap(vsdpo_jax.load)(folder, **changes)
    with pytest.raises(ValueError, match=r"max_pixels is 4096, but .*mini has no preprocessor_co"):
        vsdpo_jax.load(MINI, max_pixels=4096)


def test_completions_that_cannot_be_scored(model: Model) -> None:
    with pytest.raises(ValueError, match="completion is empty"):
        model.score(PROMPTS["text"], "")
    for token in ("<|image_pad|>", "<|video_pad|>"):
        with pytest.raises(ValueError, match="completion writes out an image or video token"):
            model.score(PROMPTS["one image"], f"a {token}")


def test_too_many_tokens_are_counted(model: Model) -> None:
    prompt = len(model.processor.encode_chat(PROMPTS["text"]))
    fits = "a\n" * ((LIMIT - prompt) // 2)
    assert len(model.score(PROMPTS["text"], fits).token_ids) <= LIMIT - prompt
    too_long = "a\n" * LIMIT
    total = prompt + len(model.processor.encode(too_long))
    with pytest.raises(ValueError, match=f"have {total} tokens, but .* for 512 .max_position"):
        model.score(PROMPTS["text"], too_long)
    match = rf"the prompt has {prompt} tokens and max_new_tokens is 512, but"
    with pytest.raises(ValueError, match=match):
        model.generate(PROMPTS["text"], max_new_tokens=512)
    assert model.generate(PROMPTS["text"], max_new_tokens=LIMIT - prompt, stop=list("aeinrt "))


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"max_new_tokens": 0}, "max_new_tokens is 0"),
        ({"num_samples": 0}, "num_samples is 0"),
        ({"temperature": -1.0}, "temperature is -1"),
        ({"top_p": 0.0}, "top_p is 0"),
        ({"top_k": -1}, "top_k is -1"),
        ({"stop": [""]}, "stop string 0 is empty"),
    ],
)
def test_impossible_settings_are_named(model: Model, changes: dict, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        model.generate(PROMPTS["text"], **({"max_new_tokens": 4} | changes))


@pytest.mark.parametrize(
    ("name", "values", "match"),
    [
        ("max_new_tokens", [None, "5", 2.5, True], "use a whole number, 1 or more"),
        ("num_samples", [None, 1.5, "1", True], "use a whole number, 1 or more"),
        ("top_k", [None, 1.5, "3", False], "use a whole number, 0 or more"),
        ("seed", [None, "a", 1.5, True], "use a whole number, 0 to 4294967295"),
        ("seed", [-1, 2**32, 2**70], "use 0 to 4294967295"),
        ("temperature", [None, "hot", True, [1.0]], "use a number"),
        ("temperature", [float("nan"), float("inf")], "use 0 .greedy. or more"),
        ("top_p", [None, "a", True], "use a number"),
        ("top_p", [float("nan"), 1.5], "use more than 0"),
        ("stop", [5, [5], ["a", None], b"a"], "give a text, or a list of texts"),
    ],
)
def test_settings_of_another_kind_are_named(
    model: Model, name: str, values: list[Any], match: str
) -> None:
    for value in values:
        with pytest.raises(ValueError, match=rf"^{name} is .*; {match}"):
            # Unwrapped, because the tests' own type checks would refuse it first.
            inspect.unwrap(Model.generate)(
                model, PROMPTS["text"], **({"max_new_tokens": 4} | {name: value})
            )


def test_no_stop_and_numbers_of_numpy_are_as_good(model: Model) -> None:
    expected = model.generate(PROMPTS["text"], max_new_tokens=4, temperature=0.5, top_k=9, seed=3)
    before = model.num_compiles
    found = inspect.unwrap(Model.generate)(
        model, PROMPTS["text"], max_new_tokens=np.int64(4), temperature=np.float32(0.5),
        top_k=np.int32(9), top_p=1, seed=np.uint32(3), stop=None, num_samples=np.int64(1),
    )  # fmt: skip
    assert found == expected
    assert model.num_compiles == before


def test_messages_may_come_one_by_one(model: Model) -> None:
    messages = PROMPTS["three turns"]
    expected = model.score(messages, "plt").logprobs
    np.testing.assert_array_equal(model.score(iter(messages), "plt").logprobs, expected)
    texts = model.generate(iter(messages), max_new_tokens=4, temperature=0)
    assert texts == model.generate(messages, max_new_tokens=4, temperature=0)


def test_half_a_surrogate_pair_is_named(model: Model) -> None:
    with pytest.raises(ValueError, match="completion holds half a surrogate pair"):
        model.score(PROMPTS["text"], "a\ud800")
    with pytest.raises(ValueError, match=r"messages\[0\]\['content'\] holds half a surrogate"):
        model.generate([{"role": "user", "content": "\ud800"}])


def test_ids_that_mean_nothing_are_never_drawn(model: Model, folder: Path, tmp_path: Path) -> None:
    """Nor are marks of pictures: a table that makes all of them likely shows it."""
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    content = json.loads((copy / "tokenizer.json").read_text())
    vocabulary = content["model"]["vocab"]
    gaps = {piece for piece, token in vocabulary.items() if 300 <= token < 580}
    content["model"]["vocab"] = {k: v for k, v in vocabulary.items() if k not in gaps}
    content["model"]["merges"] = []
    (copy / "tokenizer.json").write_text(json.dumps(content))
    processor = Processor(copy)
    unused = [token for token, piece in enumerate(processor.token_bytes) if piece is None]
    assert len(unused) > 200
    marks = [processor.image_token_id, processor.video_token_id]
    assert set(processor.forbidden_ids) == {*marks, *unused}
    table_VD = model.params["embed_tokens"]
    likely_VD = table_VD.at[jnp.asarray(processor.forbidden_ids)].multiply(2.0)
    other = Model(model.params | {"embed_tokens": likely_VD}, model.config, processor)
    assert len(other.generate(PROMPTS["text"], max_new_tokens=32, num_samples=8)) == 8


def test_a_model_of_text_refuses_images(mini: Model, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no preprocessor_config\.json"):
        mini.score(user("a", picture(64, 64)), "b")
    shutil.copytree(MINI, tmp_path / "copy")
    shutil.copy(folder / "preprocessor_config.json", tmp_path / "copy")
    processor = Processor(tmp_path / "copy")
    with pytest.raises(ValueError, match="has no vision tower"):
        Model(mini.params, mini.config, processor).generate(user(picture(64, 64)))


def test_processor_and_model_have_to_agree(model: Model, folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR | {"patch_size": 14}))
    other = Model(model.params, model.config, Processor(copy))
    with pytest.raises(ValueError, match="patch_size is 14 in the folder's processor files and 16"):
        other.score(user(picture(64, 64)), "a")


@pytest.mark.parametrize("dtype", ["int8", "float64", "float31", "fp32"])
def test_an_unknown_dtype_is_named(folder: Path, dtype: str) -> None:
    match = f"dtype is '{dtype}'; use one of float32, bfloat16, float16"
    with pytest.raises(ValueError, match=match):
        vsdpo_jax.load(folder, dtype=dtype)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_missing_file_is_named_before_memory_is_taken(
    folder: Path, tmp_path: Path, name: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / name).unlink()
    before = len(jax.live_arrays())
    with pytest.raises(FileNotFoundError, match=name):
        vsdpo_jax.load(copy)
    assert len(jax.live_arrays()) == before
    with pytest.raises(FileNotFoundError, match="nowhere"):
        vsdpo_jax.load(tmp_path / "nowhere")


def test_a_tokenizer_of_another_model_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(MINI / name, copy / name)
    with pytest.raises(ValueError, match=r"tokenizer has 1024 ids, but .* a table of 608"):
        vsdpo_jax.load(copy)


def test_the_lines_of_the_readme_run(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = [
        block.split("```")[0]
        for block in (ROOT / "README.md").read_text("utf-8").split("```python\n")[1:]
        if "vsdpo_jax.load" in block
    ]
    exec(compile(code, "README.md", "exec"), {})
    assert "plt.subplots" in capsys.readouterr().out
