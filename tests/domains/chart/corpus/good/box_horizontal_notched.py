import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(2)
data = [rng.lognormal(m, 0.4, 120) for m in (1.0, 1.3, 1.1, 1.7)]
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
ax.boxplot(data, orientation="horizontal", notch=True, tick_labels=["north", "east", "south", "west"], flierprops={"marker": ".", "markersize": 4})
ax.set_xlabel("income (thousands)")
ax.set_title("Incomes by region")
ax.grid(axis="x", ls=":")
plt.savefig("box.svg")
