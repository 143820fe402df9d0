import matplotlib.pyplot as plt
import numpy as np

t = np.linspace(0, 24, 97)
fig, ax = plt.subplots(figsize=(7, 4.4))
ax.plot(t, 60 + 20 * np.sin((t - 8) * np.pi / 12), label="demand")
ax.plot(t, np.clip(50 * np.sin((t - 6) * np.pi / 12), 0, None), label="solar")
ax.plot(t, np.full_like(t, 40), label="base load", ls="--")
ax.set_xticks(range(0, 25, 6))
ax.set_xlabel("hour of the day")
ax.set_ylabel("power (GW)")
ax.set_title("A day of the grid")
fig.legend(loc="lower center", ncols=3, frameon=False)
fig.tight_layout(rect=(0, 0.08, 1, 1))
plt.show()
