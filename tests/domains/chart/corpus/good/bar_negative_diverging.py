import matplotlib.pyplot as plt
import numpy as np

quarters = [f"Q{q}\n{y}" for y in (2021, 2022) for q in (1, 2, 3, 4)]
growth = np.array([1.2, 0.8, -0.4, -1.5, -0.2, 0.6, 1.4, 1.9])
colors = np.where(growth < 0, "#b2182b", "#2166ac")
fig, ax = plt.subplots(figsize=(6.5, 3.5))
ax.bar(quarters, growth, color=colors)
ax.axhline(0, color="black", lw=0.8)
ax.set_ylabel("growth (%)")
ax.set_title("Quarterly growth of output")
ax.grid(axis="y", alpha=0.4)
ax.set_axisbelow(True)
fig.tight_layout()
plt.savefig("growth.png", dpi=120)
