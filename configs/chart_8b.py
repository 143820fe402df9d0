"""Visual-SDPO on charts with Qwen3-VL-8B-Instruct: a reference picture in, plotting code out.

COMMAND   python -m vsdpo_jax.corpus --corpus=chart2code_160k --root=CORPORA --draw --domain=chart
          python -m vsdpo_jax.train --config=configs/chart_8b.py --workdir=runs/chart_8b
          --config.data.root=CORPORA
          and the options of your hardware, but for the planner's own, --devices and --hbm_gib;
          first with --dry_run
          configs/chart_8b.py:grpo and the like run another method (configs/methods.py)
HARDWARE  each with the options that vsdpo_jax.plan finds to fit
v5p-8     --devices=4 --hbm_gib=95 --config.mesh.fsdp=4 --config.train.num_microbatches=16
v5e-16    --devices=16 --hbm_gib=16 --config.mesh.fsdp=8 --config.mesh.tensor=2
          --config.train.num_microbatches=8 --config.model.freeze="('vision','embeddings')"
          --config.optim.state_dtype=bfloat16
one H200  --devices=1 --hbm_gib=139 --config.train.num_microbatches=64
          --config.model.lora_rank=64 --config.model.param_dtype=bfloat16
          --config.optim.learning_rate=2e-5
NEEDS     the checkpoint; Chart2Code-160K and ChartMimic below the folder CORPORA
          (docs/corpora.md), or tasks of your own with a picture each:
          --config.data.train=FILE.jsonl --config.data.heldout=FILE.jsonl
"""

from typing import Any

from ml_collections import ConfigDict

from configs import base, methods


def get_config(method: str = "visual_sdpo") -> ConfigDict:
    c: Any = base.get_config()
    c.model.path = "Qwen/Qwen3-VL-8B-Instruct"
    c.model.size = "8b"  # so that planning needs no checkpoint
    c.model.dtype = "bfloat16"
    c.model.max_pixels = (
        524288  # 512 tokens a picture: tick labels of an 8 x 6 inch chart stay legible
    )

    c.data.train = "chart2code_160k"
    c.data.heldout = "chartmimic:direct_600"
    # Programs of other versions of the plotting stack: a reference that draws nothing here would
    # mask its whole group, one with random values rewards no copy. The paper's subset, too.
    c.data.checked = True
    c.data.images_per_task = 1  # the chart to reproduce
    c.rollout.prompts_per_step = 8
    c.rollout.group_size = 8
    c.rollout.prompt_limit = 1024
    c.rollout.max_new_tokens = 2048

    # The paper's teacher: the weights of the moment, reading picture and rubric of the rollout.
    c.teacher.kind = "live"
    c.teacher.context = "rubric+image"
    c.teacher.templates = "default"
    c.teacher.prompt_limit = 2048
    c.objective.importance = "context"  # the paper's stabilised variant of Eq. 3
    c.objective.beta = 1.0

    c.optim.learning_rate = 1e-6  # the paper gives none; the usual rate of GRPO at this size
    c.optim.warmup_steps = 10
    c.train.num_steps = 500
    c.train.checkpoint_every = 50
    return methods.apply(c, method)
