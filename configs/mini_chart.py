"""Visual-SDPO on synthetic charts with the mini backbone: what `make demo` runs.

COMMAND   python -m vsdpo_jax.train --config=configs/mini_chart.py --workdir=runs/demo
HARDWARE  2 CPU cores
"""

from configs import base


def get_config():
    return base.get_config()
