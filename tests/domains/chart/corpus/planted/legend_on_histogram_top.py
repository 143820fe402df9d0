import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(22)
data = rng.exponential(2, (2, 400))
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.hist(data.T, bins=15, label=["left lane", "right lane"], color=["#264653", "#e9c46a"])
ax.set_xlabel("gap (s)")
ax.set_ylabel("cars")
ax.set_title("Gaps between cars")
ax.legend(loc="upper left", framealpha=1)  # FAULT legend_covers_data
plt.show()
