import matplotlib.pyplot as plt
import numpy as np

values = np.arange(30).reshape(5, 6) % 11
fig, ax = plt.subplots(figsize=(6, 4))
image = ax.imshow(values, cmap="magma", aspect="auto")
ax.set_xticks(range(6), [f"column {i}" for i in range(6)], rotation=45, ha="right")
for i in range(5):
    for j in range(6):
        ax.text(j, i, values[i, j], ha="center", va="center", color="w")
fig.colorbar(image)
fig.tight_layout()
