"""A run's checkpoint becomes a folder that the reference loads; or nothing, and a reason."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fake_gcs
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from safetensors.numpy import load_file

from configs import mini_chart
from vsdpo_jax import export
from vsdpo_jax.core.step import TrainState
from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, lora, weights, writing
from vsdpo_jax.models.qwen3_vl.weights import WeightsError
from vsdpo_jax.run import opening, sessions
from vsdpo_jax.run.settings import SettingsError, from_config
from vsdpo_jax.runtime.bucket import Bucket, BucketError
from vsdpo_jax.runtime.hosts import ALONE
from vsdpo_jax.runtime.workdir import WorkdirError

CONFIG: dict[str, Any] = {
    "model_type": "qwen3_vl",
    "tie_word_embeddings": True,
    "image_token_id": 1021, "video_token_id": 1022,
    "vision_start_token_id": 1018, "vision_end_token_id": 1019,
    "text_config": {
        "model_type": "qwen3_vl_text", "vocab_size": 1024, "hidden_size": 64,
        "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "head_dim": 32, "max_position_embeddings": 512,
        "rms_norm_eps": 1e-6, "rope_theta": 5e6,
        "rope_scaling": {
            "rope_type": "default", "mrope_interleaved": True, "mrope_section": [6, 5, 5],
        },
    },
    "vision_config": {
        "model_type": "qwen3_vl", "depth": 2, "hidden_size": 32, "intermediate_size": 48,
        "num_heads": 2, "in_channels": 3, "num_position_embeddings": 64, "out_hidden_size": 64,
        "patch_size": 16, "spatial_merge_size": 2, "temporal_patch_size": 2,
        "deepstack_visual_indexes": [0],
    },
}  # fmt: skip
ADAPTED = {"lora_rank": 2, "lora_alpha": 3.0, "lora_targets": ("q_proj", "up_proj")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with vision, with the shipped tokenizer."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    config = Qwen3VLConfig.from_hf(CONFIG)
    weights.save(folder, qwen3_vl.init(jax.random.key(0), config), config)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copyfile(opening.mini_folder("chart") / name, folder / name)
    (folder / "generation_config.json").write_text('{"temperature": 0.7}')
    (folder / "preprocessor_config.json").write_text('{"patch_size": 16}')
    (folder / "README.md").write_text("not ours to copy")
    return folder


def make_run(workdir: Path | str, params: Any, *steps: int, **model: Any) -> None:
    """The folder of a run with checkpoints of ``params``, later ones shifted."""
    settings = from_config(mini_chart.get_config())
    settings = dataclasses.replace(settings, model=dataclasses.replace(settings.model, **model))
    with sessions.claim(workdir, settings, ALONE) as session:
        for shift, step in enumerate(steps):
            moved = jax.tree.map(lambda leaf, by=shift: leaf + by / 64, params)
            state = TrainState(
                params=moved, opt_state=optax.adam(1.0).init(moved), step=jnp.int32(step)
            )
            session.save(state, keep=9)


def shifted(params: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf + 1 / 128, params)


def same(one: Any, other: Any) -> None:
    assert jax.tree.structure(one) == jax.tree.structure(other)
    jax.tree.map(np.testing.assert_array_equal, one, other)


def test_a_run_in_a_bucket_is_exported_as_one_on_a_disk(
    folder: Path, gcs: fake_gcs.Server, tmp_path: Path
) -> None:
    url, (start, _) = "gs://bucket/run", weights.load(folder)
    with pytest.raises(WorkdirError, match=f"{url}/config.json does not exist"):
        export.find(url)
    make_run(url, start, 3, 5, path=str(folder))
    source = export.export(url, tmp_path / "out")
    assert (str(source.workdir), source.step) == (url, 5)
    moved = jax.tree.map(lambda leaf: leaf + 1 / 64, start)
    same(weights.load(tmp_path / "out")[0], moved)
    export.export(f"{url}/checkpoints/3", tmp_path / "first")
    same(weights.load(tmp_path / "first")[0], start)
    with pytest.raises(WorkdirError, match="no checkpoint of step 4; there are 3, 5"):
        export.find(f"{url}/checkpoints/4")
    gone = next(
        key for key in gcs.objects if key[1].endswith("default/_METADATA") and "/5-" in key[1]
    )
    del gcs.objects[gone]
    with pytest.raises(
        WorkdirError, match=r"run/checkpoints/5: this checkpoint is damaged .*name ano"
    ):
        export.export(url, tmp_path / "again")


def fetched(bucket: Bucket, folder: Path) -> Path:
    """What is in a bucket's folder, on the disk."""
    folder.mkdir()
    for name, content in bucket.read_all(name for name in bucket.find() if "/" not in name):
        (folder / name).write_bytes(content)
    return folder


def test_an_export_to_a_bucket_is_whole_when_its_config_comes(
    folder: Path, gcs: fake_gcs.Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start, _ = weights.load(folder)
    make_run(tmp_path / "run", start, 1, path=str(folder))
    bucket = Bucket("gs://bucket/out")
    export.export(tmp_path / "run", "gs://bucket/out/", max_shard_gb=3e-4)
    written = [name.removeprefix("out/") for method, name in gcs.log if method == "POST"]
    assert written[-2:] == [weights.INDEX_FILE, "config.json"]
    assert len(written) == len(set(written)) > 8
    same(weights.load(fetched(bucket, tmp_path / "here"))[0], start)
    said = capsys.readouterr().err
    assert re.search(
        r"float32, \d MB, to gs://bucket/out, a file of up to 0 MB at a time by way of /", said
    )

    with pytest.raises(SettingsError, match=r"out: this folder holds something; .*--force"):
        export.export(tmp_path / "run", "gs://bucket/out")
    bucket.write({"notes.txt": b"mine", "old/model.safetensors": b"mine"})
    export.export(tmp_path / "run", "gs://bucket/out", force=True, dtype="bfloat16")
    assert set(bucket.find()) == {
        "model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json",
        "chat_template.jinja", "generation_config.json", "preprocessor_config.json", "notes.txt",
        "old/model.safetensors",
    }  # fmt: skip
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), start)
    same(weights.load(fetched(bucket, tmp_path / "again"), dtype=jnp.bfloat16)[0], half)


def test_a_failed_export_to_a_bucket_leaves_nothing(
    folder: Path, gcs: fake_gcs.Server, tmp_path: Path
) -> None:
    start, _ = weights.load(folder)
    make_run("gs://bucket/run", start, 1, path=str(folder))
    before = gcs.names()
    gcs.faults = lambda method, name, data: (
        400 if method == "POST" and name.startswith("out/model-00003") else None
    )
    with pytest.raises(BucketError, match="gs://bucket/out: cannot write"):
        export.export("gs://bucket/run", "gs://bucket/out", max_shard_gb=3e-4)
    gcs.faults = lambda *_: None
    assert any(name.startswith("out/model-00002") for method, name in gcs.log if method == "POST")
    assert gcs.names() == before
    with pytest.raises(SettingsError, match="lies in the folder of the run"):
        export.export("gs://bucket/run", "gs://bucket/run/out")
    with pytest.raises(SettingsError, match="this is the folder of the run"):
        export.export("gs://bucket/run", "gs://bucket/run", force=True)
    assert gcs.names() == before


def test_an_export_says_its_size_first_and_refuses_what_has_no_room(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    params, _ = weights.load(folder)
    count = sum(leaf.size for leaf in jax.tree.leaves(params))
    make_run(tmp_path / "run", params, 3, path=str(folder))
    free = 2 * count
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=free))
    with pytest.raises(SettingsError, match=r"--out=.*out: the disk has no room for that"):
        export.export(tmp_path / "run", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert capsys.readouterr().err.startswith(
        f"exporting step 3 of {tmp_path / 'run'}: {count / 1e6:.1f} M parameters as float32, "
        f"{4 * count / 1e6:.0f} MB, to {tmp_path / 'out'}, where 0.0 GB are free"
    )
    export.export(tmp_path / "run", tmp_path / "out", dtype="bfloat16")  # half of that fits
    size = (tmp_path / "out" / "model.safetensors").stat().st_size
    assert 2 * count <= size < 2.1 * count


def our_logits(params: Any, config: Qwen3VLConfig, tokens_BS: np.ndarray) -> np.ndarray:
    mask_BS = jnp.ones(tokens_BS.shape, bool)
    hidden_BSD = jax.jit(qwen3_vl.hidden_fn(config))(params, jnp.asarray(tokens_BS), mask_BS)
    return np.asarray(hidden_BSD @ qwen3_vl.head_VD(params, config).T)


def test_the_reference_runs_what_was_exported(folder: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoTokenizer, Qwen3VLForConditionalGeneration

    start, config = weights.load(folder)
    params = shifted(start)
    make_run(tmp_path / "run", params, 1, path=str(folder))
    export.export(tmp_path / "run", tmp_path / "out", max_shard_gb=3e-4)
    files = {path.name: path for path in (tmp_path / "out").iterdir()}
    parts = [name for name in files if name.startswith("model-")]
    assert sorted(parts) == [f"model-0000{n + 1}-of-0000{len(parts)}.safetensors"
                             for n in range(len(parts))]  # fmt: skip
    assert len(parts) > 2
    assert all(files[name].stat().st_size < 310_000 for name in parts)
    assert files.keys() - parts == {
        "model.safetensors.index.json", "config.json", "tokenizer.json", "tokenizer_config.json",
        "chat_template.jinja", "generation_config.json", "preprocessor_config.json",
    }  # fmt: skip
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    tokens_BS = np.array([tokenizer("import matplotlib.pyplot as plt\n")["input_ids"]])
    model, report = Qwen3VLForConditionalGeneration.from_pretrained(
        tmp_path / "out", output_loading_info=True
    )
    assert not any(report[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    with torch.no_grad():
        theirs = model.eval()(input_ids=torch.tensor(tokens_BS)).logits.numpy()
    ours = our_logits(params, config, tokens_BS)
    assert np.abs(ours - theirs).max() / np.abs(theirs).max() < 1e-5
    again, _ = weights.load(tmp_path / "out")
    same(again, params)


def test_adapters_are_merged_into_what_the_run_started_from(folder: Path, tmp_path: Path) -> None:
    start, config = weights.load(folder)
    settings = lora.LoraSettings(rank=2, alpha=3.0, targets=("q_proj", "up_proj"))
    adapters = jax.tree.map(lambda leaf: leaf + 0.1, lora.init(jax.random.key(1), start, settings))
    make_run(tmp_path / "run", adapters, 1, path=str(folder), **ADAPTED)
    export.export(tmp_path / "run", tmp_path / "out")
    exported, _ = weights.load(tmp_path / "out")
    same(exported, lora.merge(start, adapters, settings))
    tokens_BS = np.arange(12)[None]
    attached = our_logits(lora.attach(start, adapters, settings), config, tokens_BS)
    ours = our_logits(exported, config, tokens_BS)
    assert np.abs(ours - attached).max() / np.abs(attached).max() < 1e-5
    assert np.abs(ours - our_logits(start, config, tokens_BS)).max() > 1e-2


def test_what_was_frozen_comes_from_the_folder(folder: Path, tmp_path: Path) -> None:
    start, _ = weights.load(folder)
    trainable, _ = lora.partition(shifted(start), ("vision", "embeddings"))
    make_run(tmp_path / "run", trainable, 1, path=str(folder), freeze=("vision", "embeddings"))
    export.export(tmp_path / "run", tmp_path / "out")
    exported, _ = weights.load(tmp_path / "out")
    same(exported["visual"], start["visual"])
    same(exported["layers"], trainable["layers"])


def test_the_base_of_adapters_has_the_type_of_the_run(folder: Path, tmp_path: Path) -> None:
    start, _ = weights.load(folder)
    settings = lora.LoraSettings(rank=2, alpha=3.0, targets=("q_proj", "up_proj"))
    adapters = lora.init(jax.random.key(1), start, settings)
    make_run(tmp_path / "run", adapters, 1, path=str(folder), param_dtype="bfloat16", **ADAPTED)
    export.export(tmp_path / "run", tmp_path / "out")
    exported, _ = weights.load(tmp_path / "out")
    rounded = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), start)
    same(exported["visual"], jax.tree.map(lambda leaf: leaf.astype(jnp.float32), rounded["visual"]))


def test_the_newest_checkpoint_or_the_one_that_is_named(folder: Path, tmp_path: Path) -> None:
    start, _ = weights.load(folder)
    run = tmp_path / "run"
    make_run(run, start, 2, 10, path=str(folder))
    (run / "checkpoints" / "11.orbax-checkpoint-tmp").mkdir()
    assert export.find(run).step == 10
    assert export.find(run / "checkpoints" / "2").step == 2
    export.export(run / "checkpoints" / "2", tmp_path / "two", dtype="bfloat16")
    export.export(run, tmp_path / "ten")
    same(weights.load(tmp_path / "ten")[0], jax.tree.map(lambda leaf: leaf + 1 / 64, start))
    stored = load_file(tmp_path / "two" / "model.safetensors")
    assert {value.dtype.name for value in stored.values()} == {"bfloat16"}
    assert json.loads((tmp_path / "two" / "config.json").read_text())["dtype"] == "bfloat16"
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), start)
    same(weights.load(tmp_path / "two", dtype=jnp.bfloat16)[0], half)
    # A run that is at work may have a checkpoint half written: it is left alone.
    assert (run / "checkpoints" / "11.orbax-checkpoint-tmp").is_dir()


def test_what_is_missing_is_named(folder: Path, tmp_path: Path) -> None:
    start, _ = weights.load(folder)
    out = tmp_path / "out"
    with pytest.raises(WorkdirError, match=r"nowhere: no such folder"):
        export.export(tmp_path / "nowhere", out)
    with pytest.raises(WorkdirError, match=r"config\.json does not exist"):
        export.export(folder.parent, out)
    run = tmp_path / "run"
    make_run(run, start, path=str(folder))
    with pytest.raises(WorkdirError, match=r"no checkpoint in .*checkpoints yet"):
        export.export(run, out)
    make_run(run, start, 3, path=str(folder))
    with pytest.raises(WorkdirError, match="no checkpoint of step 4; there are 3"):
        export.export(run / "checkpoints" / "4", out)
    shutil.rmtree(run / "checkpoints" / "3" / "default")
    with pytest.raises(WorkdirError, match=r"checkpoints/3: this checkpoint is damaged"):
        export.export(run, out)
    (run / "config.json").write_text('{"model": {}}')
    with pytest.raises(WorkdirError, match=r"model\.path"):
        export.export(run, out)

    gone = tmp_path / "gone"
    shutil.copytree(folder, gone)
    make_run(tmp_path / "other", start, 1, path=str(gone))
    (gone / "tokenizer.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"gone.* lacks tokenizer\.json"):
        export.export(tmp_path / "other", out)
    shutil.rmtree(gone)
    with pytest.raises(FileNotFoundError, match="gone: no such folder"):
        export.export(tmp_path / "other", out)
    assert not out.exists()


def test_a_checkpoint_of_another_model_is_refused(folder: Path, tmp_path: Path) -> None:
    make_run(tmp_path / "run", {"norm": jnp.ones(7), "odd": jnp.ones(2)}, 1, path=str(folder))
    with pytest.raises(WeightsError, match="do not fit the config; 2 problems") as caught:
        export.export(tmp_path / "run", tmp_path / "out")
    assert "norm is [7], the config asks for [64]" in str(caught.value)
    assert "unexpected: odd [2]" in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {"run"}


def test_a_folder_that_holds_something_needs_force(folder: Path, tmp_path: Path) -> None:
    start, _ = weights.load(folder)
    make_run(tmp_path / "run", start, 1, path=str(folder))
    out = tmp_path / "out"
    out.mkdir()
    export.export(tmp_path / "run", out)  # an empty folder is as good as none
    (out / "model-00001-of-00002.safetensors").touch()
    (out / "notes.txt").write_text("mine")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(SettingsError, match="holds something; give another one, or --force"):
        export.export(tmp_path / "run", out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    export.export(tmp_path / "run", out, force=True, dtype="bfloat16")
    assert (out / "notes.txt").read_text() == "mine"
    assert not (out / "model-00001-of-00002.safetensors").exists()
    assert weights.load(out)[1] == weights.load(folder)[1]
    for wrong in (folder, tmp_path / "run"):
        with pytest.raises(SettingsError, match="give another one"):
            export.export(tmp_path / "run", wrong, force=True)
    with pytest.raises(SettingsError, match="this is a file"):
        export.export(tmp_path / "run", out / "notes.txt")
    with pytest.raises(SettingsError, match="--dtype=int8: use one of float32, bfloat16"):
        export.export(tmp_path / "run", tmp_path / "new", dtype="int8")
    for size in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(SettingsError, match=f"--max_shard_gb={size}: use a number above 0"):
            export.export(tmp_path / "run", tmp_path / "new", max_shard_gb=size)


@pytest.mark.parametrize("kind", ["here", "link", "plain"])
def test_an_empty_folder_is_filled_and_never_removed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    start, _ = weights.load(folder)
    make_run(tmp_path / "run", start, 1, path=str(folder))
    target = tmp_path / "target"
    target.mkdir()
    (tmp_path / "link").symlink_to(target)
    monkeypatch.chdir(target)
    before = target.stat().st_ino
    out = {"here": Path(), "link": tmp_path / "link", "plain": target}[kind]
    with monkeypatch.context() as patched:
        patched.setattr(writing, "write", lambda *args, **more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            export.export(tmp_path / "run", out)
    assert not any(target.iterdir())
    export.export(tmp_path / "run", out)
    same(weights.load(target)[0], start)
    assert (target.stat().st_ino, (tmp_path / "link").is_symlink()) == (before, True)
    assert {path.name for path in tmp_path.iterdir()} == {"run", "link", "target"}


def test_a_failed_export_leaves_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, _ = weights.load(folder)
    make_run(tmp_path / "run", start, 1, path=str(folder))

    def full(*args: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(OSError, match="no space left"):
        export.export(tmp_path / "run", tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"run"}


@pytest.mark.slow
def test_a_trained_mini_model_is_exported(tmp_path: Path) -> None:
    """A run of one real step, loaded by the reference's text model: the mini model reads text."""
    import torch
    from transformers import AutoTokenizer, Qwen3VLTextConfig, Qwen3VLTextModel

    from vsdpo_jax import train

    config = mini_chart.get_config()
    for name, value in {
        "rollout.prompts_per_step": 2, "rollout.group_size": 4, "rollout.eval_batch": 2,
        "data.num_heldout": 2, "train.num_steps": 1, "train.checkpoint_every": 1,
    }.items():  # fmt: skip
        group, leaf = name.split(".")
        config[group][leaf] = value
    train.train(from_config(config), tmp_path / "run")
    out = tmp_path / "out"
    export.export(tmp_path / "run", out)

    params, sizes = weights.load(out)
    start, _ = weights.load(opening.mini_folder("chart"))
    assert (np.asarray(params["norm"]) != np.asarray(start["norm"])).any(), "a step was taken"
    tokenizer = AutoTokenizer.from_pretrained(out)
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Draw a line chart."}], tokenize=False
    )
    tokens_BS = np.array([tokenizer(text)["input_ids"]])
    text_config = json.loads((out / "config.json").read_text())["text_config"]
    model = Qwen3VLTextModel(Qwen3VLTextConfig(**text_config)).eval()
    prefix = "model.language_model."
    model.load_state_dict(
        {
            name.removeprefix(prefix): torch.tensor(value)
            for name, value in load_file(out / "model.safetensors").items()
        }
    )
    with torch.no_grad():
        hidden_BSD = model(input_ids=torch.tensor(tokens_BS)).last_hidden_state
        theirs = (hidden_BSD @ model.embed_tokens.weight.T).numpy()
    ours = our_logits(params, sizes, tokens_BS)
    assert np.abs(ours - theirs).max() / np.abs(theirs).max() < 1e-5
