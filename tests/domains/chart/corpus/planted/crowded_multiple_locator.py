import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MultipleLocator

x = np.linspace(0, 1000, 300)
fig, ax = plt.subplots(figsize=(7, 3.8))
ax.plot(x, np.sqrt(x), color="#3a0ca3")
ax.xaxis.set_major_locator(MultipleLocator(25))  # FAULT ticks_crowded
ax.set_xlabel("depth (m)")
ax.set_ylabel("pressure (relative)")
fig.tight_layout()
fig.savefig("depth.png")
