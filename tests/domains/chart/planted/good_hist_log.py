import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(1)
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
left.hist(rng.exponential(size=2000), bins=30, color="tab:blue", edgecolor="white")
left.set_title("Counts")
right.hist(rng.lognormal(size=2000), bins=40, color="tab:green")
right.set_yscale("log")
right.set_title("Counts on a log scale")
fig.tight_layout()
plt.show()
