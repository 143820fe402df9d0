import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 10, 50)
fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
ax.plot(x, 5 + np.sin(x), color="black")
ax.text(3, 2.0, "flood of 1997", fontsize=12, color="black")
ax.fill_between(x, 0, 4 + np.sin(x), color="#0077b6", zorder=5)  # FAULT text_hidden
ax.set_ylim(0, 7)
ax.set_xlabel("day")
ax.set_ylabel("water (m)")
plt.show()
