import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(81)
close = 100 + np.cumsum(rng.normal(0.2, 2, 30))
start = np.roll(close, 1)
start[0] = 100
high, low = np.maximum(start, close) + rng.gamma(1, 0.8, 30), np.minimum(start, close) - rng.gamma(1, 0.8, 30)
day = np.arange(30)
up = close >= start
fig, ax = plt.subplots(figsize=(8, 4))
ax.vlines(day, low, high, color="black", lw=0.9, zorder=1)
for mask, color in ((up, "#2e7d32"), (~up, "#c62828")):
    ax.bar(day[mask], (close - start)[mask], bottom=start[mask], color=color, width=0.7, zorder=2)
ax.set_xlabel("trading day")
ax.set_ylabel("price (€)")
ax.set_title("Thirty days of one share")
fig.tight_layout()
plt.show()
