import numpy as np
import matplotlib.pyplot as plt

rng = np.random.default_rng(7)
t = np.sort(rng.uniform(0, 60, 40))
length = np.clip(np.cumsum(rng.choice([-1, 1], 40, p=[0.45, 0.55])), 0, None)
fig, ax = plt.subplots(figsize=(7, 3))
ax.step(t, length, where="post", color="darkgreen")
ax.fill_between(t, length, step="post", alpha=0.2, color="darkgreen")
ax.set_xlabel("minutes after opening")
ax.set_ylabel("people")
ax.set_title("Length of the queue")
fig.tight_layout()
plt.show()
