import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(5)
a = rng.normal((2, 3), 0.6, (60, 2))
b = rng.normal((5, 5), 0.8, (60, 2))
fig, ax = plt.subplots(figsize=(5.5, 5))
ax.scatter(*a.T, marker="o", edgecolor="white", label="type I")
ax.scatter(*b.T, marker="^", edgecolor="white", label="type II")
ax.set(xlabel="length (mm)", ylabel="width (mm)", title="Two kinds of grain")
ax.legend(loc="upper left")
ax.set_aspect("equal")
plt.show()
