import matplotlib.patches as mpatches
import matplotlib.pyplot as plt
from matplotlib.collections import LineCollection, PatchCollection

fig, ax = plt.subplots()
ax.add_patch(mpatches.Circle((0.3, 0.3), 0.2, color="g", alpha=0.5))
ax.add_patch(mpatches.Ellipse((0.7, 0.6), 0.3, 0.1, angle=30, fill=False, lw=2))
ax.add_patch(mpatches.FancyBboxPatch((0.1, 0.7), 0.2, 0.1, boxstyle="round,pad=0.02"))
ax.add_patch(mpatches.RegularPolygon((1.0, 0.9), 5, radius=0.2))
ax.add_collection(
    LineCollection([[(0, 0), (1, 1)], [(0, 1), (1, 0)]], colors=["r", "b"], linestyles=["--", ":"])
)
ax.add_collection(PatchCollection([mpatches.Wedge((0.5, 0.1), 0.1, 0, 200)], facecolor="orange"))
ax.set_aspect("equal")
