import matplotlib.pyplot as plt
import numpy as np

grid = np.array([[3, 7, 2], [5, 1, 8]])
fig, ax = plt.subplots(figsize=(5.5, 4), layout="constrained")
ax.imshow(grid, cmap="Pastel1", vmin=0, vmax=9)
for (row, col), value in np.ndenumerate(grid):
    ax.text(col, row, f"{value} wins", ha="center", va="center", fontsize=12)
ax.text(1, 0.06, "best so far", ha="center", va="center", fontsize=12)  # FAULT text_overlap
ax.set_xticks(range(3), ["home", "away", "cup"])
ax.set_yticks(range(2), ["men", "women"])
ax.set_title("Wins")
plt.show()
