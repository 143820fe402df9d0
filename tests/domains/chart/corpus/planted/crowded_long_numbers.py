import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(8)
x = rng.uniform(0, 2_000_000, 60)
fig, ax = plt.subplots(figsize=(4.5, 4))
ax.scatter(x, x * 0.3 + rng.normal(0, 60_000, 60), s=12, color="k")
ax.set_xlim(0, 2_000_000)
ax.set_xticks(np.arange(0, 2_000_001, 250_000), [f"{v:,.0f} kr" for v in np.arange(0, 2_000_001, 250_000)])  # FAULT ticks_crowded
ax.set_yticks([0, 300_000, 600_000], ["0", "300k", "600k"])
ax.set_title("Price and loan")
plt.tight_layout()
plt.show()
