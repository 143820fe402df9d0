import matplotlib.pyplot as plt
import numpy as np

table = np.array([[0.9, 0.2, 0.1], [0.3, 0.8, 0.2], [0.1, 0.1, 0.95]])
fig, ax = plt.subplots(figsize=(5, 4.2), layout="constrained")
ax.imshow(table, cmap="Greens")
for i in range(3):
    for j in range(3):
        ax.text(j, i, f"{table[i, j]:.2f}", ha="center", va="center", color="white")  # FAULT text_contrast
ax.set_xticks(range(3), ["cat", "dog", "owl"])
ax.set_yticks(range(3), ["cat", "dog", "owl"])
ax.set_title("Confusion matrix")
plt.show()
