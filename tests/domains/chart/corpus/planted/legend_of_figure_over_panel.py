import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(31)
fig, axes = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained", sharey=True)
for ax in axes:
    ax.plot(np.cumsum(rng.normal(size=80)), label="walk")
    ax.plot(np.cumsum(rng.normal(size=80)), label="drift")
    ax.set_xlabel("step")
axes[0].set_ylabel("place")
handles, labels = axes[0].get_legend_handles_labels()
fig.legend(handles, labels, loc="center", bbox_to_anchor=(0.72, 0.55), fontsize=12)  # FAULT legend_covers_data
plt.show()
