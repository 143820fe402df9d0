import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(4)
years = np.arange(1990, 2021)
fig, ax = plt.subplots(figsize=(7, 4))
for _ in range(12):
    ax.plot(years, 50 + np.cumsum(rng.normal(0.4, 1.2, years.size)), color="0.75", lw=1)
focus = 52 + np.cumsum(rng.normal(1.1, 0.8, years.size))
ax.plot(years, focus, color="#c1121f", lw=2.5)
ax.text(2020.4, focus[-1], "Norway", color="#c1121f", va="center", fontweight="bold")
ax.set_xlim(1990, 2024.5)
ax.set_xlabel("year")
ax.set_ylabel("index")
ax.set_title("One country against twelve others")
ax.spines[["top", "right"]].set_visible(False)
fig.tight_layout()
plt.show()
