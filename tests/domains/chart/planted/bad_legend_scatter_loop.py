import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(3)
fig, ax = plt.subplots()
for group in range(3):
    points = rng.normal(size=(40, 2))
    ax.scatter(points[:, 0], points[:, 1], label=f"group {group}")
ax.set_xlabel("first"); ax.set_ylabel("second"); ax.legend(loc="center left")  # defect: legend
plt.show()
