import numpy as np
import matplotlib.pyplot as plt

day = np.linspace(0, 365, 80)
depth = np.linspace(0, 10, 50)
D, Z = np.meshgrid(day, depth)
T = 10 + 8 * np.exp(-Z / 3) * np.sin(2 * np.pi * (D - 100) / 365 - Z / 3)
fig, ax = plt.subplots(figsize=(7.5, 4), layout="constrained")
filled = ax.contourf(D, Z, T, levels=12, cmap="coolwarm")
ax.invert_yaxis()
fig.colorbar(filled, ax=ax, label="temperature (°C)")
ax.set_xlabel("day of the year")
ax.set_ylabel("depth (m)")
ax.set_title("Temperature of the soil")
plt.savefig("soil.png", dpi=150)
