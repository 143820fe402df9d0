"""Visual-SDPO on synthetic charts with Qwen3-VL-2B-Instruct: adapters on one small accelerator.

COMMAND   python -m vsdpo_jax.train --config=configs/chart_2b.py --workdir=runs/chart_2b
          and the options of your hardware, but for the planner's own: --devices and --hbm_gib
          configs/chart_2b.py:grpo and the like run another method (configs/methods.py)
HARDWARE  each with the options that vsdpo_jax.plan finds to fit
v5e-1     --devices=1 --hbm_gib=16
NEEDS     the checkpoint (4.3 GB, public); notebooks/03_finetune_qwen3_vl_2b walks through it
"""

from typing import Any

from ml_collections import ConfigDict

from configs import base, methods


def get_config(method: str = "visual_sdpo") -> ConfigDict:
    c: Any = base.get_config()
    c.model.path = "Qwen/Qwen3-VL-2B-Instruct"
    c.model.size = "2b"  # so that planning needs no checkpoint
    c.model.dtype = c.model.param_dtype = "bfloat16"
    c.model.lora_rank = 16
    c.model.lora_alpha = 32.0

    c.data.num_heldout = 64
    c.rollout.prompts_per_step = 4
    c.rollout.group_size = 4
    c.rollout.prompt_limit = 256
    c.rollout.max_new_tokens = 768
    c.rollout.eval_batch = 16

    # A live teacher shares the frozen weights, and sees the picture that the student drew.
    c.teacher.kind = "live"
    c.teacher.context = "rubric+image"
    c.teacher.templates = "default"
    c.teacher.prompt_limit = 1024
    c.objective.importance = "context"  # steadies a live teacher

    c.optim.learning_rate = 2e-5
    c.train.num_microbatches = 16
    c.train.num_steps = 40
    return methods.apply(c, method)
