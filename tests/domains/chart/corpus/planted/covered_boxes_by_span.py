import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(25)
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.boxplot([rng.normal(k, 1, 60) for k in (3, 4, 6, 7)], tick_labels=["A", "B", "C", "D"])
ax.axvspan(2.55, 4.45, color="#e0e0e0", zorder=8)  # FAULT data_hidden
ax.set_ylabel("yield (t/ha)")
ax.set_title("Yield of four sorts")
plt.show()
