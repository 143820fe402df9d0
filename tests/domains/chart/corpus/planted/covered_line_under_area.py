import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 6, 80)
fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
ax.plot(x, 1 + 0.3 * np.sin(3 * x), color="#d00000", label="base")
ax.plot(x, 3 + np.cos(x), color="#370617", label="total")
ax.fill_between(x, 3 + np.cos(x), color="#faa307", zorder=4)  # FAULT data_hidden
ax.set_ylim(0, 5)
ax.set_xlabel("time (h)")
ax.set_ylabel("load (MW)")
ax.legend(loc="upper right")
plt.show()
