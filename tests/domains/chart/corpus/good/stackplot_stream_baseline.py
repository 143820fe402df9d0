import numpy as np
import matplotlib.pyplot as plt

x = np.arange(0, 50)
rng = np.random.default_rng(19680801)
bumps = np.zeros((4, 50))
for row in bumps:
    for _ in range(4):
        row += rng.uniform(0.5, 2) * np.exp(-((x - rng.uniform(0, 50)) ** 2) / rng.uniform(20, 120))
fig, ax = plt.subplots(figsize=(8, 3.6))
ax.stackplot(x, bumps + 0.15, baseline="wiggle", colors=["#003f5c", "#7a5195", "#ef5675", "#ffa600"])
ax.axhline(0, color="black", ls="--", lw=0.8)
ax.set_title("Listening history as a stream")
ax.set_xlabel("week")
ax.set_ylabel("plays above and below the middle")
fig.tight_layout()
plt.savefig("stream.png")
