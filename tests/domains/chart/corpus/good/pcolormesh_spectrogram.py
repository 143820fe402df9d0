import matplotlib.pyplot as plt
import numpy as np

t = np.linspace(0, 4, 90)
f = np.linspace(0, 500, 60)
T, F = np.meshgrid(t, f)
power = np.exp(-((F - 100 - 80 * T) ** 2) / 900) + 0.5 * np.exp(-((F - 350) ** 2) / 2000) + 1e-3
fig, ax = plt.subplots(figsize=(7, 4))
mesh = ax.pcolormesh(T, F, 10 * np.log10(power), shading="gouraud", cmap="magma")
bar = fig.colorbar(mesh)
bar.set_label("power (dB)")
ax.set_xlabel("time (s)")
ax.set_ylabel("frequency (Hz)")
ax.set_title("Chirp and a steady tone")
fig.tight_layout()
plt.show()
