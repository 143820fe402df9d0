import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(15)
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.scatter(rng.normal(0.5, 0.12, 60), rng.normal(0.5, 0.12, 60), color="#2b9348")
ax.set_xlim(0, 1)
ax.set_ylim(0, 1)
ax.text(0.5, 0.5, "sixty shots\nat one target", ha="center", va="center", fontsize=14, bbox=dict(fc="white", ec="black", pad=22))  # FAULT data_hidden
ax.set_xlabel("across (m)")
ax.set_ylabel("up (m)")
plt.show()
