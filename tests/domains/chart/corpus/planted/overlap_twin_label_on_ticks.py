import matplotlib.pyplot as plt
import numpy as np

t = np.arange(0, 24)
fig, ax = plt.subplots(figsize=(7, 4))
ax.plot(t, 20 + 5 * np.sin(t / 4), color="#9b2226")
ax.set_xlabel("hour")
ax.set_ylabel("temperature (°C)")
other = ax.twinx()
other.plot(t, 1000 + 12 * np.cos(t / 6), color="#005f73")
other.set_ylabel("pressure (hPa)")
other.yaxis.set_label_coords(1.03, 0.5)  # FAULT text_overlap
ax.set_title("Weather of one day")
fig.tight_layout()
plt.show()
