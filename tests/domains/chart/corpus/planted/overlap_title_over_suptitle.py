import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(3)
fig, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
for ax, name in zip(axes, ("morning", "evening")):
    ax.hist(rng.normal(7, 1, 200), bins=20, color="#4f772d")
    ax.set_title(name)
    ax.set_xlabel("pH")
axes[0].set_ylabel("samples")
fig.suptitle("Samples of the two shifts", x=0.3, y=0.99)  # FAULT text_overlap
fig.savefig("ph.png")
