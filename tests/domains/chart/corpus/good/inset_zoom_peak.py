import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 10, 800)
y = np.exp(-((x - 3) ** 2) / 0.02) * 0.25 + np.exp(-x / 4)
fig, ax = plt.subplots(figsize=(6.5, 4.5))
ax.plot(x, y, color="#14213d")
ax.set_xlabel("energy (keV)")
ax.set_ylabel("counts (relative)")
ax.set_title("A small line on the slope")
inset = ax.inset_axes([0.55, 0.5, 0.4, 0.42])
inset.plot(x, y, color="#14213d")
inset.set_xlim(2.6, 3.4)
inset.set_ylim(0.4, 0.8)
inset.set_xticks([2.8, 3.0, 3.2])
inset.set_yticks([])
ax.indicate_inset_zoom(inset, edgecolor="black")
plt.show()
