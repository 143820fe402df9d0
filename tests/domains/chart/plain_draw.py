"""Draws chart programs with plain matplotlib, without our code, one fork each; for comparison.

Usage: plain_draw.py OUT PROGRAM... writes OUT/<stem>.npy (uint8 RGBA) per program: the PNG that the
program saved last, else its current figure, saved whole at its own dpi.
"""

import os
import sys
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.font_manager as fm
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image


def picture(source: str, name: str) -> np.ndarray:
    np.random.seed(0)
    exec(compile(source, name, "exec"), {"__name__": "__main__"})
    saved = sorted(Path().glob("*.png"), key=lambda path: path.stat().st_mtime_ns)
    if not saved:
        saved = [Path("current.png")]
        plt.rcParams["savefig.bbox"] = None
        figure = plt.gcf()
        figure.savefig(saved[0], dpi=figure.dpi, facecolor="auto", edgecolor="auto")
    return np.asarray(Image.open(saved[-1]).convert("RGBA"))


def main() -> None:
    out = Path(sys.argv[1]).resolve()
    fonts = os.path.join(matplotlib.get_data_path(), "fonts", "ttf")
    manager = fm.fontManager
    manager.ttflist = [f for f in manager.ttflist if os.path.dirname(f.fname) == fonts]
    manager.ttflist.sort(key=lambda f: (f.fname, f.name, str(f.weight), f.style))
    for program in map(Path, sys.argv[2:]):
        source = program.read_text()
        child = os.fork()
        if child == 0:
            with tempfile.TemporaryDirectory() as folder:
                os.chdir(folder)
                sys.stderr = open(os.devnull, "w")
                np.save(out / f"{program.stem}.npy", picture(source, program.name))
            os._exit(0)
        os.waitpid(child, 0)


main()
