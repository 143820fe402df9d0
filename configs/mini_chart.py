"""Visual-SDPO on synthetic charts with the mini backbone: what `make demo` runs.

COMMAND   python -m vsdpo_jax.train --config=configs/mini_chart.py --workdir=runs/demo
          configs/mini_chart.py:grpo and the like run another method (configs/methods.py)
HARDWARE  2 CPU cores
"""

from configs import base, methods


def get_config(method: str = "visual_sdpo"):
    return methods.apply(base.get_config(), method)
