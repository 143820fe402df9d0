"""A dry run: an experiment's own settings and data through every stage, at the smallest size.

What would end a long run at its first step ends this one on a laptop: data that is not there or not
what it should be, prompts without room, a renderer that does not start, options that do not go
together. The model is a mini one, so that no figure of it says anything.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import jax

from vsdpo_jax.domains.base import find_domains, load_domain
from vsdpo_jax.models import clip, qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, weights
from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.run.settings import Rubric, Settings
from vsdpo_jax.runtime.streams import warn

MAX_PIXELS = 16_384  # 16 tokens a picture
PROMPT_LIMIT = 1024  # of the mini tokenizer, which has few words: more tokens than the model's own
TEACHER_LIMIT = 2048
NEW_TOKENS = 32
PROGRAM_TOKENS = 1024  # where programs are imitated, which are read whole


def seeing_model(domain: str, folder: Path) -> Path:
    """The domain's mini model with a fresh vision tower, in ``folder``: it writes programs, and
    pictures move its teacher.
    """
    mini = load_domain(domain).mini
    if mini is None:
        raise ValueError(f"domain {domain!r} ships no model")
    shutil.copytree(mini, folder, dirs_exist_ok=True)
    processor = Processor(folder)
    params, config = weights.load(folder)
    raw = config.to_hf() | {
        "image_token_id": processor.image_token_id, "video_token_id": processor.video_token_id,
        "vision_start_token_id": int(processor.encode("<|vision_start|>")[0]),
        "vision_end_token_id": int(processor.encode("<|vision_end|>")[0]),
        "vision_config": {
            "model_type": "qwen3_vl", "depth": 2, "hidden_size": 32, "in_channels": 3,
            "hidden_act": "gelu_pytorch_tanh", "intermediate_size": 48, "num_heads": 2,
            "num_position_embeddings": 64, "out_hidden_size": config.hidden_size,
            "patch_size": 16, "spatial_merge_size": 2, "temporal_patch_size": 2,
            "deepstack_visual_indexes": [0, 1],
        },
    }  # fmt: skip
    config = Qwen3VLConfig.from_hf(raw)
    visual = qwen3_vl.init(jax.random.key(0), config)["visual"]
    weights.save(folder, params | {"visual": visual}, config)
    preprocessor = {
        "patch_size": 16, "temporal_patch_size": 2, "merge_size": 2,
        "size": {"shortest_edge": 1024, "longest_edge": 16384},
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
        "image_processor_type": "Qwen2VLImageProcessor",
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    return folder


def _rehearsed_rubric(rubric: Rubric) -> Rubric:
    """Without the axis whose weights are not there: all else can be rehearsed."""
    try:
        if rubric.clip:
            clip.find_weights(rubric.clip)
    except FileNotFoundError as error:
        warn(
            f'config.rubric.clip = {rubric.clip!r}: {error}. A run wants them, or ""; this goes on '
            f"without the axis"
        )
        return dataclasses.replace(rubric, clip="")
    return rubric


def rehearsed(settings: Settings, folder: Path) -> Settings:
    """``settings`` for two updates of a mini model, written to ``folder``, on two prompts each.

    Data, domain, rubric, teacher and objective stay what they are.
    """
    # The experiment's own domain where it ships a model; any model can run a stage.
    domains = [settings.data.domain, *find_domains()]
    domain = next(name for name in domains if load_domain(name).mini is not None)
    warm_up = min(settings.train.warm_up_steps, 1)
    prompts = max(2, jax.device_count() // 2)  # two rollouts each: rows enough for every device
    return dataclasses.replace(
        settings,
        trackers="none",
        model=dataclasses.replace(
            settings.model, path=str(seeing_model(domain, folder)), size="", dtype="float32",
            param_dtype="float32", attention="xla", max_pixels=MAX_PIXELS, freeze=(), lora_rank=0,
        ),
        data=dataclasses.replace(settings.data, num_heldout=2),
        rubric=_rehearsed_rubric(settings.rubric),
        judge=dataclasses.replace(settings.judge, model=""),  # which costs money
        rollout=dataclasses.replace(
            settings.rollout, prompts_per_step=prompts, group_size=2, eval_batch=2,
            prompt_limit=PROMPT_LIMIT, top_k=0,
            max_new_tokens=PROGRAM_TOKENS if warm_up else NEW_TOKENS,
        ),
        teacher=dataclasses.replace(settings.teacher, prompt_limit=TEACHER_LIMIT),
        objective=dataclasses.replace(
            settings.objective, topk=min(settings.objective.topk, 16), head_chunk=256
        ),
        train=dataclasses.replace(
            settings.train, num_steps=2, num_microbatches=1, warm_up_steps=warm_up,
            checkpoint_every=1,
        ),
        mesh=dataclasses.replace(settings.mesh, data=-1, fsdp=1, tensor=1),
    )  # fmt: skip
