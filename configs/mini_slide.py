"""Visual-SDPO on synthetic slides with a mini backbone of your own: none is shipped yet.

COMMAND   python -m vsdpo_jax.lab.pretrain --domain=slide --out=mini-slide
          --workdir=runs/pretrain-slide
          python -m vsdpo_jax.train --config=configs/mini_slide.py --config.model.path=mini-slide
          --workdir=runs/slides
          configs/mini_slide.py:grpo and the like run another method (configs/methods.py)
HARDWARE  2 CPU cores
"""

from typing import Any

from ml_collections import ConfigDict

from configs import base, methods


def get_config(method: str = "visual_sdpo") -> ConfigDict:
    c: Any = base.get_config()
    c.data.domain = "slide"
    c.rubric.weights = ConfigDict()  # all axes alike
    c.rollout.max_new_tokens = 256  # a deck of the lab has 190 tokens, one with a chart up to 240
    return methods.apply(c, method)
