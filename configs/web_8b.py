"""Visual-SDPO on web pages with Qwen3-VL-8B-Instruct: a screenshot in, HTML and CSS out.

COMMAND   python -m vsdpo_jax.train --config=configs/web_8b.py --workdir=runs/web_8b
          --config.data.root=CORPORA
          and the options of your hardware, but for the planner's own, --devices and --hbm_gib;
          first with --dry_run
          configs/web_8b.py:grpo and the like run another method (configs/methods.py)
HARDWARE  each with the options that vsdpo_jax.plan finds to fit
v5p-8     --devices=4 --hbm_gib=95 --config.mesh.fsdp=4 --config.train.num_microbatches=16
v5e-16    --devices=16 --hbm_gib=16 --config.mesh.fsdp=4 --config.mesh.tensor=4
          --config.train.num_microbatches=16 --config.model.freeze="('vision','embeddings')"
          --config.optim.state_dtype=bfloat16
one H200  --devices=1 --hbm_gib=139 --config.train.num_microbatches=64
          --config.model.lora_rank=64 --config.model.param_dtype=bfloat16
          --config.optim.learning_rate=2e-5
NEEDS     the checkpoint; WebSight, WebCode2M and Design2Code below the folder CORPORA
          (docs/corpora.md), or --config.data.root=hub; or tasks of your own with a screenshot each:
          --config.data.train=FILE.jsonl --config.data.heldout=FILE.jsonl; CLIP's weights (hf
          download openai/clip-vit-base-patch32 model.safetensors), or --config.rubric.clip=""
          --config.rubric.weights.appearance=1
"""

from typing import Any

from ml_collections import ConfigDict

from configs import chart_8b, methods


def get_config(method: str = "visual_sdpo") -> ConfigDict:
    c: Any = chart_8b.get_config()
    c.data.domain = "web"
    # The paper names both and no version; v0.2 has its styles elsewhere (docs/corpora.md).
    c.data.train = "websight:v0.1+webcode2m"
    c.data.heldout = "design2code"
    c.data.checked = False  # pages always draw something
    c.rubric.weights = ConfigDict()  # all axes alike
    c.rubric.weights.appearance = 0.0  # which stands in for CLIP where that has no weights
    c.rubric.clip = "hub"
    c.model.max_pixels = 786432  # 768 tokens: a page of 1024 x 768 as it is
    c.rollout.prompt_limit = 1280
    c.rollout.max_new_tokens = 3072
    c.teacher.prompt_limit = 2560
    return methods.apply(c, method)
