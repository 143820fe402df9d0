import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(21)
spikes = [np.sort(rng.uniform(0, 2, rng.integers(15, 35))) for _ in range(6)]
fig, ax = plt.subplots(figsize=(7, 3.5))
ax.eventplot(spikes, colors=[f"C{i}" for i in range(6)], linelengths=0.7)
ax.set_yticks(range(6), [f"cell {i + 1}" for i in range(6)])
ax.axvline(1.0, color="black", ls="--")
ax.set_xlim(0, 2)
ax.set_xlabel("time (s)")
ax.set_title("Spikes around the stimulus")
fig.tight_layout()
plt.show()
