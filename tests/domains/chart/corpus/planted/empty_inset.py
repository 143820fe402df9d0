import matplotlib.pyplot as plt
import numpy as np

t = np.linspace(0, 10, 400)
fig, ax = plt.subplots(figsize=(6.5, 4.2), layout="constrained")
ax.plot(t, np.exp(-t) * np.cos(8 * t), color="#03045e")
ax.set_xlabel("t (s)")
ax.set_ylabel("swing (cm)")
zoom = ax.inset_axes([0.55, 0.58, 0.4, 0.35])  # FAULT axes_empty
zoom.set_xlim(0, 1)
plt.show()
