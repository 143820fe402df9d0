import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(4)
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.scatter(rng.uniform(0, 10, 40), rng.uniform(0, 5, 40), color="teal")
ax.set_xlim(0, 10)
ax.set_ylim(0, 6)
ax.text(8.2, 5.5, "measured in the rain", clip_on=True)  # FAULT text_clipped
ax.set_xlabel("distance (m)")
ax.set_ylabel("height (m)")
plt.show()
