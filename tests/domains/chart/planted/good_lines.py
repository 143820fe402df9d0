import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 10, 200)
fig, ax = plt.subplots(figsize=(7, 4))
for k in (1, 2, 3):
    ax.plot(x, np.exp(-x / (3 * k)), label=f"rate {k}")
ax.fill_between(x, np.exp(-x / 3), np.exp(-x / 9), alpha=0.15)
ax.axhline(0.5, color="gray", linestyle="--")
ax.set_title("Decay")
ax.set_xlabel("time in seconds")
ax.set_ylabel("amplitude")
ax.grid(True, alpha=0.3)
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
fig.tight_layout()
plt.show()
