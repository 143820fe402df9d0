import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(8)
lon, lat = rng.uniform(10, 20, 150), rng.uniform(36, 46, 150)
depth = rng.gamma(2, 15, 150)
fig, ax = plt.subplots(figsize=(6.5, 4.8))
points = ax.scatter(lon, lat, c=depth, s=25, cmap="plasma", edgecolor="black", linewidth=0.3)
fig.colorbar(points, label="depth (km)")
ax.set_xlabel("longitude")
ax.set_ylabel("latitude")
ax.set_title("Earthquakes of one year")
plt.show()
