import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(0)
data = [rng.normal(m, 1, 80) for m in range(4)]
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4), sharey=True)
left.boxplot(data, notch=True, patch_artist=True, tick_labels=list("abcd"))
right.violinplot(data, showmedians=True)
left.set_title("Box")
right.set_title("Violin")
fig.suptitle("Distributions", fontsize=16, fontweight="bold")
