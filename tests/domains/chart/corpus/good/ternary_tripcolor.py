import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(70)
x, y = rng.uniform(0, 1, (2, 120))
z = np.sin(4 * x) * np.cos(4 * y)
fig, ax = plt.subplots(figsize=(5.6, 4.6))
tpc = ax.tripcolor(x, y, z, shading="flat", cmap="cividis")
fig.colorbar(tpc, label="moisture")
ax.set_aspect("equal")
ax.set_title("Moisture between the probes")
ax.set_xlabel("east (km)")
ax.set_ylabel("north (km)")
plt.show()
