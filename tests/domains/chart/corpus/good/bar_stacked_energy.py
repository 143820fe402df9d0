import numpy as np
import matplotlib.pyplot as plt

years = [str(y) for y in range(2016, 2022)]
parts = {
    "hydro": np.array([12, 13, 13, 14, 13, 15]),
    "wind": np.array([5, 7, 9, 12, 16, 18]),
    "solar": np.array([2, 3, 5, 6, 9, 12]),
}
bottom = np.zeros(len(years))
fig, ax = plt.subplots(figsize=(6, 4))
for (name, values), color in zip(parts.items(), ["#08519c", "#3182bd", "#fdae6b"]):
    ax.bar(years, values, bottom=bottom, label=name, color=color, width=0.6)
    bottom += values
ax.legend(loc="upper left", frameon=False, title="source")
ax.set(title="Renewable electricity", xlabel="year", ylabel="TWh", ylim=(0, 52))
ax.spines[["top", "right"]].set_visible(False)
fig.tight_layout()
fig.savefig("energy.pdf")
