"""Visual-SDPO on slides with Qwen3-VL-8B-Instruct: an instruction in, python-pptx code out.

COMMAND   python -m vsdpo_jax.train --config=configs/slide_8b.py --workdir=runs/slide_8b
          --config.data.root=CORPORA
          and the options of your hardware, but for the planner's own, --devices and --hbm_gib;
          first with --dry_run
          configs/slide_8b.py:grpo and the like run another method (configs/methods.py)
HARDWARE  each with the options that vsdpo_jax.plan finds to fit
v5p-8     --devices=4 --hbm_gib=95 --config.mesh.fsdp=4 --config.train.num_microbatches=16
v5e-16    --devices=16 --hbm_gib=16 --config.mesh.fsdp=8 --config.mesh.tensor=2
          --config.train.num_microbatches=8 --config.model.freeze="('vision','embeddings')"
          --config.optim.state_dtype=bfloat16
one H200  --devices=1 --hbm_gib=139 --config.train.num_microbatches=64
          --config.model.lora_rank=64 --config.model.param_dtype=bfloat16
          --config.optim.learning_rate=2e-5
NEEDS     the checkpoint; prompts like those of AeSlides below the folder CORPORA
          (docs/corpora.md), or tasks of your own without pictures: --config.data.train=FILE.jsonl
          --config.data.heldout=FILE.jsonl
"""

from typing import Any

from ml_collections import ConfigDict

from configs import chart_8b, methods


def get_config(method: str = "visual_sdpo") -> ConfigDict:
    c: Any = chart_8b.get_config()
    c.data.domain = "slide"
    c.data.train = "aeslides:train"
    c.data.heldout = "aeslides:heldout"  # other decks
    c.data.checked = False
    c.data.images_per_task = 0  # instructions alone; the teacher sees the slide
    c.rubric.weights = ConfigDict()  # all axes alike
    c.rollout.prompt_limit = 768
    c.teacher.prompt_limit = 1536
    return methods.apply(c, method)
