"""Draws chart programs with plain matplotlib, without our code, one fork each; for comparison.

Usage: plain_draw.py OUT PROGRAM... writes OUT/<stem>.npy (uint8 RGBA) per program.
"""

import os
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.font_manager as fm
import matplotlib.pyplot as plt
import numpy as np


def main() -> None:
    out = Path(sys.argv[1])
    fonts = os.path.join(matplotlib.get_data_path(), "fonts", "ttf")
    manager = fm.fontManager
    manager.ttflist = [f for f in manager.ttflist if os.path.dirname(f.fname) == fonts]
    manager.ttflist.sort(key=lambda f: (f.fname, f.name, str(f.weight), f.style))
    for program in map(Path, sys.argv[2:]):
        child = os.fork()
        if child == 0:
            sys.stderr = open(os.devnull, "w")
            np.random.seed(0)
            exec(compile(program.read_text(), program.name, "exec"), {"__name__": "__main__"})
            canvas = plt.gcf().canvas
            canvas.draw()
            np.save(out / f"{program.stem}.npy", np.asarray(canvas.buffer_rgba()))
            os._exit(0)
        os.waitpid(child, 0)


main()
