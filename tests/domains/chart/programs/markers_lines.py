import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection

fig, ax = plt.subplots()
x = np.linspace(0, 1, 30)
for i, marker in enumerate(["$\\alpha$", "*", "P", 7, (5, 1), "x", ".", ","]):
    ax.plot(x, x * i, marker=marker, fillstyle="left" if i == 1 else "full", markevery=3, ms=9,
            dash_capstyle="round", linestyle=(0, (3, 1, 1, 1)), alpha=0.8)
points = np.stack([x, np.sin(9 * x) + 4], axis=1).reshape(-1, 1, 2)
lines = LineCollection(np.concatenate([points[:-1], points[1:]], axis=1), array=x, lw=4, cmap="hsv")
ax.add_collection(lines)
ax.scatter(x, np.where(x > 0.5, np.nan, x), c=["r", "g", "b"] * 10, s=np.arange(30) * 5, alpha=x)
wavy, = ax.plot(x, np.ma.masked_greater(x * 6, 3), lw=3, solid_joinstyle="bevel")
wavy.set_sketch_params(2, 20, 3)
