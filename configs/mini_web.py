"""Visual-SDPO on synthetic pages with the mini backbone: what `make demo-web` runs.

COMMAND   python -m vsdpo_jax.train --config=configs/mini_web.py --workdir=runs/demo-web
          configs/mini_web.py:grpo and the like run another method (configs/methods.py)
HARDWARE  2 CPU cores, a Chromium (python -m vsdpo_jax.domains.web.browser.install)
"""

from typing import Any

from ml_collections import ConfigDict

from configs import base, methods


def get_config(method: str = "visual_sdpo") -> ConfigDict:
    c: Any = base.get_config()
    c.data.domain = "web"
    # A small window: pages of the lab are made for it, and a picture costs its pixels.
    c.data.options = ConfigDict({"viewport_width": 640, "viewport_height": 360})
    c.rubric.weights = ConfigDict()  # all axes alike
    c.rollout.max_new_tokens = 264  # a page of the lab has 182 tokens, a footer up to 252
    c.teacher.prompt_limit = 320  # feedback on a page with many faults: 304 tokens were seen
    return methods.apply(c, method)
