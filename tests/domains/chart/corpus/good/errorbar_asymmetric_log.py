import matplotlib.pyplot as plt
import numpy as np

x = np.arange(0.5, 4.5, 0.5)
y = np.exp(-x)
low, high = 0.4 * y, 0.8 * y
fig, ax = plt.subplots(figsize=(6, 4.2))
ax.errorbar(x, y, yerr=[low, high], fmt="D", ms=5, color="#5f0f40", elinewidth=1.2, capsize=4)
ax.set_yscale("log")
ax.set_xlim(0, 4.5)
ax.set_xlabel("distance from the source (m)")
ax.set_ylabel("dose rate (relative)")
ax.set_title("Fall of the dose with distance")
plt.show()
