"""One process of a run of several: a tiny policy that sees, pages of the svg domain, real updates.

python processes.py FOLDER WORKDIR '{"train.num_steps": 3}' writes WORKDIR/params.npz.

What is sampled is replaced by pages that do well, badly or not at all, so that rewards differ; the
pages are drawn and judged in this process, to save the start of workers.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "domains")]

import jax  # noqa: E402
import numpy as np  # noqa: E402

from configs import mini_chart  # noqa: E402
from vsdpo_jax import train  # noqa: E402
from vsdpo_jax.domains.base import JudgeOptions, RendererSetup, load_domain  # noqa: E402
from vsdpo_jax.models import qwen3_vl  # noqa: E402
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, weights  # noqa: E402
from vsdpo_jax.records import Diagnosis, Judged, Render  # noqa: E402
from vsdpo_jax.rollout.processor import Processor  # noqa: E402
from vsdpo_jax.run import command, opening, stages  # noqa: E402
from vsdpo_jax.run.settings import Settings, from_config  # noqa: E402
from vsdpo_jax.runtime import hosts  # noqa: E402
from vsdpo_jax.sandbox import Limits  # noqa: E402

GOOD = '<svg>\n<rect x="1" y="1" width="30" height="20" fill="red"/>\n</svg>'
CUT = GOOD.replace('x="1"', 'x="90"')
ASKED = {"colors": ["red"]}
PAGES = (GOOD, CUT, "none")


def make_model(folder: Path) -> Path:
    """A model of 2 + 1 layers with the tokenizer of the charts' policy, in ``folder``/model."""
    model = folder / "model"
    shutil.copytree(load_domain("chart").mini, model)
    (model / "model.safetensors").unlink()
    processor = Processor(model)
    raw = json.loads((model / "config.json").read_text())
    raw["text_config"] |= {
        "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 32, "intermediate_size": 32,
    }  # fmt: skip
    raw |= {
        "image_token_id": processor.image_token_id, "video_token_id": processor.video_token_id,
        "vision_start_token_id": int(processor.encode("<|vision_start|>")[0]),
        "vision_end_token_id": int(processor.encode("<|vision_end|>")[0]),
        "vision_config": {
            "model_type": "qwen3_vl", "depth": 1, "hidden_size": 16, "in_channels": 3,
            "hidden_act": "gelu_pytorch_tanh", "intermediate_size": 16, "num_heads": 2,
            "num_position_embeddings": 16, "out_hidden_size": 32, "patch_size": 16,
            "spatial_merge_size": 2, "temporal_patch_size": 2, "deepstack_visual_indexes": [0],
        },
    }  # fmt: skip
    config = Qwen3VLConfig.from_hf(raw)
    weights.save(model, qwen3_vl.init(jax.random.key(0), config), config)
    preprocessor = {
        "patch_size": 16, "temporal_patch_size": 2, "merge_size": 2,
        "size": {"shortest_edge": 1024, "longest_edge": 4096},
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
        "image_processor_type": "Qwen2VLImageProcessor",
    }  # fmt: skip
    (model / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    tasks = [{"task_id": f"t{i}", "brief": f"Page {i}", "asked": ASKED} for i in range(8)]
    (folder / "tasks.jsonl").write_text("\n".join(map(json.dumps, tasks)))
    return folder


def settings(folder: Path, **leaves: Any) -> Settings:
    """Four groups of two, a teacher that reads rubric and picture."""
    config = mini_chart.get_config()
    config.rubric.weights = {}
    for name, value in {
        "data.domain": "fakes.svg", "model.path": str(folder / "model"), "model.max_pixels": 4096,
        "data.train": str(folder / "tasks.jsonl"), "data.heldout": str(folder / "tasks.jsonl"),
        "data.num_heldout": 4, "rollout.prompts_per_step": 4, "rollout.group_size": 2,
        "rollout.eval_batch": 4, "rollout.prompt_limit": 32, "rollout.max_new_tokens": 48,
        "teacher.prompt_limit": 96, "teacher.context": "rubric+image", "train.num_steps": 2,
        "train.checkpoint_every": 1, "optim.learning_rate": 1e-2, "log.episode_images": 5, **leaves,
    }.items():  # fmt: skip
        group, _, leaf = name.rpartition(".")
        (config[group] if group else config)[leaf] = value
    return from_config(config)


class Pool:
    """Draws and judges here; one rollout in five is masked, and now and then a whole process's."""

    def __init__(self, chosen: Settings):
        self._domain = load_domain(chosen.data.domain)
        self._options = JudgeOptions(
            asked=ASKED, reference_payload=None,
            axis_weights=self._domain.weights({}), options=self._domain.complete({}),
        )  # fmt: skip

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def map(self, jobs: Any, on_done: Any = None) -> list[Judged]:
        with self._domain.open_renderer(
            RendererSetup(limits=Limits(), unsafe=False, options=self._options.options)
        ) as renderer:
            return [
                MASKED if job.source == "masked"
                else self._domain.judge(renderer.run(job.source), job.source, self._options)
                for job in jobs
            ]  # fmt: skip


MASKED = Judged(
    render=Render(status="infra", error="no machine"),
    diagnosis=Diagnosis(
        rubric={}, scores={}, defects=(), feedback="", r_exec=0.0, r_vis=0.0, masked=True
    ),
)


def text_of(rollout: Any, step: int) -> str:
    """At step 1 the first half of the groups has no picture, at step 2 the second has no judge."""
    if step == 1 and rollout.group_id < 2:
        return "none"
    if step == 2 and rollout.group_id >= 2:
        return "masked"
    return PAGES[(rollout.group_id + 2 * rollout.sample_id + step) % len(PAGES)]


def written(rollout: Any, processor: Any) -> Any:
    text = text_of(rollout, rollout.policy_version)
    tokens_T = processor.encode(text)
    _, offsets_T2 = processor.decode(tokens_T)
    return dataclasses.replace(
        rollout, tokens_T=tokens_T, logp_T=np.full(len(tokens_T), -3.0, np.float32), text=text,
        offsets_T2=offsets_T2,
    )  # fmt: skip


def prepare(chosen: Settings) -> None:
    """Put pages and pool in their places, and slow steps down as the environment says."""
    sample, update = stages.sample_rollouts, train.update

    def pages(*args: Any, **options: Any) -> list[Any]:
        return [written(rollout, args[2]) for rollout in sample(*args, **options)]

    def slow(*args: Any) -> Any:
        result = update(*args)
        (args[-1] / f"step_done_{jax.process_index()}").write_text(str(args[2]))
        time.sleep(float(os.environ.get("STEP_SLEEP", "0")))
        return result

    stages.sample_rollouts = pages
    opening.open_pool = lambda _: Pool(chosen)
    train.update = slow


def main(argv: list[str]) -> None:
    folder, workdir = Path(argv[1]), Path(argv[2])
    jax.config.update("jax_num_cpu_devices", int(os.environ.get("DEVICES", "1")))
    jax.config.update("jax_compilation_cache_dir", os.environ.get("CACHE"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.3)
    hosts.DEAD_S = float(os.environ.get("DEAD_S", hosts.DEAD_S))
    chosen = settings(folder, **json.loads(argv[3]))
    prepare(chosen)
    improve = train.improve

    def kept(run: Any, state: Any, *args: Any) -> Any:
        state = improve(run, state, *args)
        from jax.experimental import multihost_utils

        config = weights.read_config(folder / "model")
        weights.save(workdir / "weights", state.params, config, max_shard_bytes=20_000)
        whole = multihost_utils.process_allgather(state.params, tiled=True)
        if run.share.hosts.is_first:
            flat = {jax.tree_util.keystr(path): leaf for path, leaf in
                    jax.tree.leaves_with_path(whole)}  # fmt: skip
            np.savez(workdir / "params.npz", **flat)
        return state

    train.improve = kept
    train.train(chosen, workdir)


if __name__ == "__main__":
    command.guard(main, sys.argv)
