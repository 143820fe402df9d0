import matplotlib.pyplot as plt
import numpy as np

x = np.arange(1995, 2021)
fig, ax = plt.subplots(figsize=(6.5, 4))
ax.plot(x, 300 + (x - 1995) ** 1.4, color="#540b0e")
ax.set_xticks(range(1995, 2021, 5))
ax.set_xlabel("year")
ax.set_ylabel("CO2 (ppm)")
ax.set_title("Carbon dioxide at the station")
ax.tick_params(axis="x", labelsize=36)  # FAULT ticks_crowded
fig.tight_layout()
plt.show()
