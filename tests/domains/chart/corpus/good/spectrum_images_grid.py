import matplotlib.pyplot as plt
import numpy as np

y, x = np.mgrid[0:40, 0:40]
fig, axes = plt.subplots(1, 3, figsize=(8.5, 3), layout="constrained")
for ax, k in zip(axes, (1, 2, 4)):
    ax.imshow(np.sin(k * x / 6) * np.cos(k * y / 6), cmap="gray")
    ax.set_title(f"k = {k}")
    ax.axis("off")
fig.suptitle("Test patterns")
fig.savefig("patterns.png", bbox_inches="tight")
