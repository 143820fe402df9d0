import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 10, 400)
fig, ax = plt.subplots(figsize=(7, 4))
ax.plot(x, np.sin(x), label="sin")
ax.plot(x, np.cos(x), "--", linewidth=2.5, label="cos")
ax.plot(x[::20], np.sin(x[::20]) * 0.5, "o-.", markersize=5, markeredgecolor="k", label="half")
ax.set_title("Waves")
ax.set_xlabel("time (s)")
ax.set_ylabel("amplitude")
ax.grid(True, linestyle=":")
ax.legend(loc="lower left")
plt.tight_layout()
plt.show()
