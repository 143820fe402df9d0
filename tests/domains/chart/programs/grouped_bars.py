import matplotlib.pyplot as plt
import numpy as np

groups = ["North", "South", "East", "West"]
data = {"2022": [3, 5, 2, 7], "2023": [4, 4, 3, 8], "2024": [5, 6, 1, 9]}
x = np.arange(len(groups))
fig, ax = plt.subplots()
for i, (name, values) in enumerate(data.items()):
    bars = ax.bar(x + (i - 1) * 0.25, values, 0.25, label=name)
    ax.bar_label(bars, padding=2, fontsize=8)
ax.set_xticks(x, groups)
ax.set_ylabel("Sales")
ax.legend(title="Year", ncols=3)
