import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(10)
data = [rng.normal(0, std, 200) for std in (1, 1.5, 2, 2.5)]
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4), sharey=True)
left.violinplot(data, showmedians=True)
left.set_title("Violin plot")
right.boxplot(data)
right.set_title("Box plot")
for ax in (left, right):
    ax.yaxis.grid(True, alpha=0.5)
    ax.set_xticks([1, 2, 3, 4], labels=["x1", "x2", "x3", "x4"])
    ax.set_xlabel("Four samples")
left.set_ylabel("Observed values")
fig.tight_layout()
plt.show()
