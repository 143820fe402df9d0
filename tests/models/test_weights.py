"""Files in and out: bit for bit, and every mismatch named."""

from __future__ import annotations

import inspect
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tiny_qwen import TINY, ours, random_tokens, relative_error, rewrite, same_params, split, theirs

from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, names, weights, writing
from vsdpo_jax.models.qwen3_vl.config import ConfigError
from vsdpo_jax.models.qwen3_vl.weights import WeightsError
from vsdpo_jax.runtime.mesh import make_mesh, param_shardings

Q_PROJ = "model.language_model.layers.1.self_attn.q_proj.weight"


def test_round_trip_is_bit_identical(reference: tuple[Any, Path], tmp_path: Path) -> None:
    _, source = reference
    params, config = weights.load(source)
    weights.save(tmp_path, params, config)
    before, after = (
        load_file(source / weights.SINGLE_FILE),
        load_file(tmp_path / weights.SINGLE_FILE),
    )
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert value.dtype == after[name].dtype
        assert value.tobytes() == after[name].tobytes(), name
    assert weights.load(tmp_path)[1] == config


def test_the_reference_loads_what_was_saved(
    reference: tuple[Any, Path], tmp_path: Path, rng: np.random.Generator
) -> None:
    model, source = reference
    params, config = weights.load(source)
    params = jax.tree.map(lambda x: x * 1.25, params)
    weights.save(tmp_path, params, config)
    model, report = type(model).from_pretrained(tmp_path, output_loading_info=True)
    assert not any(report[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    tokens_BS, mask_BS = random_tokens(rng), np.ones((3, 19), bool)
    expected = theirs(model.eval(), tokens_BS, mask_BS)
    assert relative_error(ours(params, config, tokens_BS, mask_BS), expected) < 1e-5


def test_bfloat16_files_survive_float32_training_parameters(folder: Path, tmp_path: Path) -> None:
    params, config = weights.load(folder)
    weights.save(tmp_path / "a", params, config, dtype=ml_dtypes.bfloat16)
    as_float32, _ = weights.load(tmp_path / "a")
    assert {leaf.dtype for leaf in jax.tree.leaves(as_float32)} == {jnp.dtype("float32")}
    weights.save(tmp_path / "b", as_float32, config, dtype=ml_dtypes.bfloat16)
    for name in (weights.SINGLE_FILE, "config.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    as_stored, _ = weights.load(tmp_path / "a", dtype=jnp.bfloat16)
    assert {leaf.dtype for leaf in jax.tree.leaves(as_stored)} == {jnp.dtype("bfloat16")}


def test_large_models_are_written_in_parts(reference: tuple[Any, Path], tmp_path: Path) -> None:
    params, config = weights.load(reference[1])
    out = tmp_path / "out"
    limit = 200_000
    weights.save(out, params, config, max_shard_bytes=limit)
    index = json.loads((out / weights.INDEX_FILE).read_text())
    files = sorted(out.glob("*.safetensors"))
    assert len(files) > 2
    assert set(index["weight_map"].values()) == {path.name for path in files}
    whole = load_file(reference[1] / weights.SINGLE_FILE)
    assert index["metadata"]["total_size"] == sum(value.nbytes for value in whole.values())
    for path in files:
        tensors = load_file(path)
        assert sum(value.nbytes for value in tensors.values()) <= limit or len(tensors) == 1
        for name, value in tensors.items():
            assert index["weight_map"][name] == path.name
            assert value.tobytes() == whole.pop(name).tobytes()
    assert not whole
    same_params(weights.load(out)[0], params)
    _, report = type(reference[0]).from_pretrained(out, output_loading_info=True)
    assert not any(report[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))

    (out / "tokenizer.json").write_text("{}")
    assert {path.stat().st_mode for path in out.iterdir()} == {(out / "config.json").stat().st_mode}
    weights.save(out, params, config)
    assert {path.name for path in out.iterdir()} == {
        weights.SINGLE_FILE, "config.json", "tokenizer.json",
    }  # fmt: skip
    weights.save(out, params, config, max_shard_bytes=limit)
    assert not (out / weights.SINGLE_FILE).exists()
    same_params(weights.load(out)[0], params)


def test_sharded_files_are_read_through_their_index(folder: Path) -> None:
    params, _ = weights.load(folder)
    where = split(folder)
    same_params(weights.load(folder)[0], params)

    other = {"a.safetensors": "b.safetensors", "b.safetensors": "a.safetensors"}[where[Q_PROJ]]
    lying = json.dumps({"weight_map": where | {Q_PROJ: other}})
    (folder / weights.INDEX_FILE).write_text(lying)
    with pytest.raises(WeightsError, match=rf"{other} lacks tensors .*\n  missing: {Q_PROJ}"):
        weights.load(folder)
    save_file(load_file(folder / "a.safetensors"), folder / "b.safetensors")
    (folder / weights.INDEX_FILE).write_text(
        json.dumps({"weight_map": {"x": "a.safetensors", "y": "b.safetensors"}})
    )
    with pytest.raises(WeightsError, match="missing: x"):
        weights.load(folder)
    name = next(iter(load_file(folder / "a.safetensors")))
    (folder / weights.INDEX_FILE).write_text(
        json.dumps({"weight_map": {name: "a.safetensors", Q_PROJ: "b.safetensors"}})
    )
    if where[Q_PROJ] == "a.safetensors":
        with pytest.raises(WeightsError, match="that another file of the folder holds, too"):
            weights.load(folder)
    for bad, message in (
        ({"weight_map": {"x": "../a.safetensors"}}, "same folder"),
        ({"weight_map": {}}, "weight_map is empty"),
        ({}, "no weight_map"),
        ([], "no weight_map"),
    ):
        (folder / weights.INDEX_FILE).write_text(json.dumps(bad))
        with pytest.raises(WeightsError, match=message):
            weights.load(folder)


def test_every_missing_part_is_named(folder: Path) -> None:
    split(folder)
    (folder / "a.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=r"a\.safetensors does not exist.*it holds b\.saf"):
        weights.load(folder)
    (folder / "b.safetensors").unlink()
    (folder / "pytorch_model.bin").touch()
    with pytest.raises(FileNotFoundError, match=r"a\.saf.*, b\.saf.*it holds pytorch_model\.bin"):
        weights.load(folder)


@pytest.mark.parametrize("shape", [(1, 4, 2), (2, 2, 2), (8, 1, 1)])
def test_arrays_are_read_where_they_go(
    reference: tuple[Any, Path], shape: tuple[int, int, int]
) -> None:
    mesh = make_mesh(*shape)
    params, _ = weights.load(reference[1])
    placed, _ = weights.load(reference[1], shardings=lambda shapes: param_shardings(shapes, mesh))
    same_params(placed, params)
    wanted = param_shardings(params, mesh)
    assert jax.tree.map(lambda leaf: leaf.sharding, placed) == wanted
    again, _ = weights.load(reference[1], shardings=wanted, dtype=jnp.bfloat16)
    same_params(again, jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), params))
    del wanted["norm"]
    with pytest.raises(ValueError, match="in one of them only: norm"):
        weights.load(reference[1], shardings=wanted)


def test_what_lies_on_a_mesh_is_written_bit_by_bit(
    reference: tuple[Any, Path], tmp_path: Path
) -> None:
    mesh = make_mesh(1, 4, 2)
    params, config = weights.load(
        reference[1], shardings=lambda shapes: param_shardings(shapes, mesh)
    )
    weights.save(tmp_path / "out", params, config)
    before, after = (
        load_file(folder / weights.SINGLE_FILE) for folder in (reference[1], tmp_path / "out")
    )
    assert before.keys() == after.keys()
    assert all(value.tobytes() == after[name].tobytes() for name, value in before.items())


MEMORY = '''
import json, mmap, sys, tracemalloc
import jax
jax.config.update("jax_num_cpu_devices", 8)
import numpy as np
from vsdpo_jax.models.qwen3_vl import names, weights
from vsdpo_jax.runtime.mesh import make_mesh, param_shardings
folder = sys.argv[1]
device_put = jax.device_put
def put(value, place):
    """As to a device with memory of its own: on CPU, arrays take over the host's buffer."""
    away = np.frombuffer(mmap.mmap(-1, value.nbytes), value.dtype).reshape(value.shape)
    away[...] = value
    return device_put(away, place)
jax.device_put = put
mesh = make_mesh(data=1, fsdp=4, tensor=2)
names.leaves(weights.read_config(folder))  # tracing allocates, too, and is kept
tracemalloc.start()
params, config = weights.load(folder, shardings=lambda shapes: param_shardings(shapes, mesh))
peak = tracemalloc.get_traced_memory()[1]
size = lambda shape: 4 * int(np.prod(shape))
leaves = jax.tree.leaves(params)
print(json.dumps({
    "peak": peak,
    "array": max(size(leaf.shape) for leaf in leaves),
    "part": max(size(leaf.sharding.shard_shape(leaf.shape)) for leaf in leaves),
    "tensor": max(size(leaf.file_shape) for leaf in names.leaves(config)),
}))
'''


def test_the_host_holds_one_part_and_one_tensor(tmp_path: Path) -> None:
    text = TINY["text_config"] | {
        "hidden_size": 512, "intermediate_size": 1536, "num_hidden_layers": 8,
    }  # fmt: skip
    content = {key: value for key, value in TINY.items() if key != "vision_config"}
    config = Qwen3VLConfig.from_hf(content | {"text_config": text})
    shapes = names.shapes(config)
    zeros = jax.tree.map(lambda leaf: np.zeros(leaf.shape, np.float32), shapes)
    weights.save(tmp_path / "big", zeros, config)
    result = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "big")],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    held = json.loads(result.stdout.splitlines()[-1])
    assert held["peak"] < held["part"] + held["tensor"] < held["array"] / 2, held


def test_every_mismatch_is_named_with_both_shapes(folder: Path) -> None:
    norm = "model.language_model.norm.weight"
    extra = "model.language_model.layers.3.self_attn.q_proj.weight"
    changes = {
        Q_PROJ: np.zeros((64, 128), np.float32),
        norm: None,
        extra: np.zeros((2, 2), np.float32),
        "model.language_model.layers.0.mlp.up_proj.weight": np.zeros((96, 64), np.int64),
    }
    rewrite(folder, **changes)
    with pytest.raises(WeightsError) as caught:
        weights.load(folder)
    message = str(caught.value)
    assert "4 problems" in message
    assert f"{Q_PROJ} is [64, 128], config.json asks for [128, 64]" in message
    assert f"missing: {norm} [64]" in message
    assert f"unexpected: {extra} [2, 2]" in message
    assert "up_proj.weight is I64" in message


def test_a_second_copy_of_a_tied_head_is_no_mismatch(folder: Path) -> None:
    before, _ = weights.load(folder)
    rewrite(folder, **{"lm_head.weight": np.asarray(before["embed_tokens"])})
    after, _ = weights.load(folder)
    same_params(after, before)


@pytest.mark.parametrize("rows", [100, 1024, 5000])
def test_a_head_of_its_own_in_a_tied_model_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(weights, "COMPARED_ROWS", rows)
    head = np.array(weights.load(folder)[0]["embed_tokens"])
    for row in (0, 555, 1023):
        other = head.copy()
        other[row, 3] += 1e-3
        rewrite(folder, **{"lm_head.weight": other})
        with pytest.raises(WeightsError, match=r"lm_head\.weight differs from .*embed_tokens") as e:
            weights.load(folder)
        assert str(folder) in str(e.value)
        assert "set tie_word_embeddings to false in config.json, or drop" in str(e.value)
    for wrong, message in (
        (head[:5], r"lm_head\.weight is \[5, 64\], config\.json asks for \[1024, 64\]"),
        (head.astype(np.int32), r"lm_head\.weight is I32; only"),
    ):
        rewrite(folder, **{"lm_head.weight": wrong})
        with pytest.raises(WeightsError, match=message):
            weights.load(folder)


def test_a_whole_model_beside_an_index_is_refused(folder: Path) -> None:
    """Ours and the reference would read different files."""
    single = folder / weights.SINGLE_FILE
    whole = single.read_bytes()
    where = split(folder)
    single.write_bytes(whole)
    match = r"model\.safetensors and model\.safetensors\.index\.json, .*remove one of them"
    with pytest.raises(WeightsError, match=match):
        weights.load(folder)
    mixed = where | {Q_PROJ: weights.SINGLE_FILE}
    (folder / weights.INDEX_FILE).write_text(json.dumps({"weight_map": mixed}))
    with pytest.raises(WeightsError, match=match):
        weights.load(folder)
    own = dict.fromkeys(where, weights.SINGLE_FILE)
    (folder / weights.INDEX_FILE).write_text(json.dumps({"weight_map": own}))
    before, _ = weights.load(folder)
    (folder / weights.INDEX_FILE).unlink()
    same_params(weights.load(folder)[0], before)


def test_an_untied_model_without_head_is_refused(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tie_word_embeddings": False}))
    with pytest.raises(WeightsError, match=r"missing: lm_head.weight \[1024, 64\]"):
        weights.load(folder)


def test_damaged_and_missing_files_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"config\.json"):
        weights.load(tmp_path)
    path = folder / weights.SINGLE_FILE
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], b"", b"not weights at all"):
        path.write_bytes(broken)
        with pytest.raises(WeightsError, match=r"model\.safetensors is damaged"):
            weights.load(folder)
    path.unlink()
    path.mkdir()
    with pytest.raises(WeightsError, match=r"model\.safetensors is a folder"):
        weights.load(folder)
    path.rmdir()
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors does not exist.*no other"):
        weights.load(folder)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        weights.load(tmp_path / "absent")
    with pytest.raises(FileNotFoundError, match=r"config\.json is a file"):
        weights.load(folder / "config.json")
    (folder / "config.json").write_text("{")
    with pytest.raises(ConfigError, match=r"config\.json is not JSON"):
        weights.load(folder)
    (folder / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(ConfigError, match=r"config\.json: model_type is 'llama'"):
        weights.load(folder)


def test_vision_weights_are_never_dropped_unnoticed(
    reference: tuple[Any, Path], tmp_path: Path
) -> None:
    params, config = weights.load(reference[1])
    del params["visual"]
    with pytest.raises(WeightsError, match='parameters hold no "visual"'):
        weights.save(tmp_path / "out", params, config)
    assert not (tmp_path / "out").exists()


def test_parameters_of_another_shape_are_not_written(folder: Path, tmp_path: Path) -> None:
    params, config = weights.load(folder)
    params["layers"]["mlp"]["up_proj"] = params["layers"]["mlp"]["up_proj"][:2]
    params["layers"]["bias"] = params["norm"]
    del params["norm"]
    with pytest.raises(WeightsError) as caught:
        weights.save(tmp_path / "out", params, config)
    message = str(caught.value)
    assert "layers/mlp/up_proj is [2, 64, 96], the config asks for [3, 64, 96]" in message
    assert "missing: norm [64]" in message
    assert "unexpected: layers/bias [64]" in message
    assert not (tmp_path / "out").exists()


def test_an_impossible_dtype_is_refused(folder: Path) -> None:
    for dtype in (np.int32, np.float64, bool):
        with pytest.raises(ValueError, match="use float32, bfloat16 or float16"):
            weights.load(folder, dtype=dtype)


def test_the_config_says_what_was_written(folder: Path, tmp_path: Path) -> None:
    path = folder / "config.json"
    content = json.loads(path.read_text()) | {"torch_dtype": "float32"}
    content["text_config"]["dtype"] = "float32"
    path.write_text(json.dumps(content))
    params, config = weights.load(folder)
    weights.save(tmp_path / "half", params, config, dtype=jnp.bfloat16)
    written = json.loads((tmp_path / "half" / "config.json").read_text())
    assert written["dtype"] == written["torch_dtype"] == "bfloat16"
    assert written["text_config"]["dtype"] == "bfloat16"
    assert written["text_config"]["rope_scaling"]["mrope_section"] == [6, 5, 5]
    assert written["text_config"]["rope_parameters"]["rope_theta"] == 5e6


@pytest.mark.parametrize("is_new", [True, False])
def test_a_failed_write_leaves_everything_as_it_was(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    params, config = weights.load(folder)
    out = tmp_path / "out"
    if not is_new:
        weights.save(out, params, config)
    before = {path.name: path.read_bytes() for path in out.glob("*")}
    written = []

    def full(tensors: Any, path: Path, **more: Any) -> None:
        if written:
            raise OSError("no space left on device")
        written.append(path)
        save_file(tensors, path, **more)

    monkeypatch.setattr(writing, "save_file", full)
    with pytest.raises(OSError, match="no space left"):
        weights.save(out, params, config, max_shard_bytes=100_000)
    assert written
    assert {path.name: path.read_bytes() for path in out.glob("*")} == before
    assert out.exists() != is_new
    assert {path.name for path in tmp_path.iterdir()} <= {"model", "out"}


def test_a_folder_that_exists_is_whole_when_its_config_comes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params, config = weights.load(folder)
    (tmp_path / "out").mkdir()
    order, replace = [], Path.replace

    def recorded(path: Path, target: Path) -> Path:
        order.append(target.name)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", recorded)
    weights.save(tmp_path / "out", params, config, max_shard_bytes=100_000)
    assert len(order) > 3
    assert order[-1] == "config.json"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Hugging Face cache, without a network."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "cache"


def test_a_repository_is_found_in_the_cache(folder: Path, cache: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = cache / "models--someone--tiny"
    snapshot = repository / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    (snapshot / "config.json").write_bytes((folder / "config.json").read_bytes())
    with pytest.raises(FileNotFoundError, match=r"someone/tiny: .* not complete in the local"):
        weights.load("someone/tiny")  # its weights were never downloaded
    (snapshot / weights.SINGLE_FILE).write_bytes((folder / weights.SINGLE_FILE).read_bytes())
    assert weights.resolve("someone/tiny") == snapshot
    same_params(weights.load("someone/tiny")[0], weights.load(folder)[0])


@pytest.mark.parametrize("lacking", [0, 1])
def test_a_download_is_announced_and_refused_where_it_has_no_room(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    lacking: int,
) -> None:  # fmt: skip
    begun = 1_000_000
    sizes = {"model.safetensors": 4_300_000_000, "config.json": 900, "pytorch_model.bin": 10**12}
    free = 4_300_000_900 - begun - lacking
    files = [SimpleNamespace(rfilename=name, size=size) for name, size in sizes.items()]
    blobs = cache / "models--someone--tiny" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / "digest.incomplete").write_bytes(bytes(begun))

    def download(repository: str, *, local_files_only: bool = False, **wanted: object) -> str:
        if local_files_only:
            raise huggingface_hub.errors.LocalEntryNotFoundError("not there")
        return str(folder)

    monkeypatch.setattr(
        huggingface_hub.HfApi, "model_info", lambda *_, **asked: SimpleNamespace(siblings=files)
    )
    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=free))
    if lacking:
        with pytest.raises(FileNotFoundError, match="the disk is too small for it: make room"):
            weights.resolve("someone/tiny")
    else:
        assert weights.resolve("someone/tiny") == folder
    said = capsys.readouterr().err
    assert said == f"downloading someone/tiny: 4.3 GB into {cache}, where 4.3 GB are free\n"


@pytest.mark.parametrize("name", ["someone/else", "nobody", "a/b/c", "../x", "/no/where", ""])
def test_what_is_neither_folder_nor_repository_is_said(cache: Path, name: str) -> None:
    message = "downloading it failed" if name == "someone/else" else "no such folder"
    with pytest.raises(FileNotFoundError, match=message):
        weights.load(name)


def test_a_bucket_is_no_place_to_read_from(cache: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gs://bucket/out: .* copy them here first"):
        weights.load("gs://bucket/out")


def test_names_that_no_file_has_are_refused_in_few_words(cache: Path) -> None:
    for name in ("x" * 5000, Path("x" * 5000), "a/" + "x" * 5000, "a/b--c"):
        with pytest.raises(FileNotFoundError, match="no such folder") as caught:
            weights.load(name)
        assert len(str(caught.value)) < 1000
    for odd in (None, 123, b"/tmp", ["a/b"]):
        with pytest.raises(ValueError, match=r"the checkpoint is .*; give its folder"):
            inspect.unwrap(weights.resolve)(odd)  # the tests' own type checks would refuse it first
