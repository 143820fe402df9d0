import matplotlib.pyplot as plt
import numpy as np

x = np.arange(5)
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.bar(x - 0.2, [32, 30, 34, 31, 33], 0.4, label="first half")
ax.bar(x + 0.2, [30, 33, 32, 34, 31], 0.4, label="second half")
ax.set_xticks(x, ["Mon", "Tue", "Wed", "Thu", "Fri"])
ax.set_ylabel("parcels (thousands)")
ax.set_title("Parcels a day")
ax.legend(loc="center")  # FAULT legend_covers_data
plt.show()
