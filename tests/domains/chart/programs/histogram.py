import matplotlib.pyplot as plt
import numpy as np

np.random.seed(5)
a = np.random.normal(0, 1, 1000)
b = np.random.normal(1.5, 0.7, 600)
plt.hist([a, b], bins=25, stacked=True, label=["a", "b"], hatch="//", edgecolor="k")
plt.hist(a, bins=25, histtype="step", color="red", density=False)
plt.axvline(a.mean(), color="k", linestyle="--", label="mean")
plt.legend()
