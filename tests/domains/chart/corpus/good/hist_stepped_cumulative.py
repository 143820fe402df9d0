import numpy as np
import matplotlib.pyplot as plt

rng = np.random.default_rng(3)
waits = [rng.gamma(2, 3, 500), rng.gamma(4, 3, 500)]
fig, ax = plt.subplots(figsize=(6, 4))
for sample, name, color in zip(waits, ("express", "normal"), ("C3", "C0")):
    ax.ecdf(sample, lw=1.8, label=name, color=color)
ax.set_xlabel("minutes waited")
ax.set_ylabel("share of customers")
ax.set_title("How long customers wait")
ax.legend(loc="center right")
ax.grid(alpha=0.3)
plt.show()
