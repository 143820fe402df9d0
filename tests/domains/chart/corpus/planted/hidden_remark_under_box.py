import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot([0, 1, 2, 3, 4], [1, 2, 2.5, 4, 4.5], color="k")
ax.text(0.3, 4.2, "start of the season", fontsize=11)
ax.add_patch(Rectangle((0.2, 3.9), 1.6, 0.8, facecolor="#d9ed92", edgecolor="black", zorder=10))  # FAULT text_hidden
ax.set_xlabel("week")
ax.set_ylabel("level (m)")
ax.set_title("Level of the lake")
plt.show()
