import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(35)
bins = np.linspace(0, 10, 21)
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.hist(rng.normal(5, 0.8, 120), bins, color="#ef233c", label="sample")
ax.hist(rng.normal(5, 0.9, 1500), bins, color="#8d99ae", label="all")  # FAULT data_hidden
ax.set_xlabel("size (mm)")
ax.set_ylabel("count")
ax.legend(loc="upper right")
plt.savefig("sizes.png")
