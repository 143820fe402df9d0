import matplotlib.pyplot as plt
import numpy as np

t = np.linspace(0, 2 * np.pi, 200)
fig, ax = plt.subplots(figsize=(6, 4))
ax.plot(t, np.sin(t), "C3", label="voltage")
ax.plot(t, np.cos(t), "C0--", label="current")
ax.set_xlabel("phase (rad)")
ax.set_title("Voltage and current")
ax.legend(bbox_to_anchor=(0.45, 0.62), loc="center")  # FAULT legend_covers_data
fig.tight_layout()
plt.savefig("phase.png")
