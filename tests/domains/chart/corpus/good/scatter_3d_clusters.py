import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(19)
fig = plt.figure(figsize=(6, 5))
ax = fig.add_subplot(projection="3d")
for marker, shift, name in (("o", -20, "day"), ("^", 20, "night")):
    xs, ys = rng.uniform(23, 32, 50), rng.uniform(0, 100, 50)
    ax.scatter(xs, ys, shift + rng.uniform(-15, 15, 50), marker=marker, label=name)
ax.set_xlabel("load")
ax.set_ylabel("humidity")
ax.set_zlabel("error")
ax.legend(loc="upper left")
plt.show()
