import matplotlib.pyplot as plt
import numpy as np

x = np.logspace(0, 4, 50)
fig, ax = plt.subplots()
ax.loglog(x, x**1.5, "k-")
ax.set_xlabel("$N$ (samples)")
ax.grid(which="both", alpha=0.3)
secondary = ax.secondary_xaxis("top", functions=(lambda v: v / 10, lambda v: v * 10))
secondary.set_xlabel("tens")
