import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

fig, ax = plt.subplots(facecolor="#eef")
ax.scatter([1, 2, 3], [3, 1, 2], marker="^", s=80, edgecolors="k")
handles = [Line2D([], [], color="b", lw=3, label="line"), Patch(fc="orange", ec="r", label="patch")]
first = ax.legend(handles=handles, loc="upper right", shadow=True, title="Kinds")
ax.add_artist(first)
ax.legend(["points"], loc="lower left", frameon=False)
fig.text(0.02, 0.02, "source: none", fontsize=6, color="gray")
