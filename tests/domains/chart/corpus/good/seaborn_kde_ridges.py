import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

rng = np.random.default_rng(44)
fig, axes = plt.subplots(3, 1, sharex=True, figsize=(6, 5))
for ax, name, shift, color in zip(axes, ("spring", "summer", "autumn"), (12, 21, 14), ("#55a630", "#e85d04", "#9d4edd")):
    sns.kdeplot(rng.normal(shift, 3, 300), fill=True, color=color, ax=ax)
    ax.set_ylabel(name)
    ax.set_yticks([])
    sns.despine(ax=ax, left=True)
axes[-1].set_xlabel("noon temperature (°C)")
axes[0].set_title("Temperatures by season")
fig.tight_layout()
plt.show()
