import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(51)
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
ax.boxplot([rng.normal(30, 8, 100), rng.normal(36, 6, 100)], tick_labels=["winter", "summer"])
ax.set_yticks(range(5, 61))  # FAULT ticks_crowded
ax.set_ylabel("hours a week")
ax.set_title("Working hours")
plt.show()
