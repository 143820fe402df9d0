import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(2, 150))
fig, ax = plt.subplots()
points = ax.scatter(x, y, c=x + y, s=30 * rng.random(150) + 5, cmap="viridis")
fig.colorbar(points, ax=ax, label="sum")
ax.set_title("A cloud")
ax.set_xlabel("x")
ax.set_ylabel("y")
plt.show()
