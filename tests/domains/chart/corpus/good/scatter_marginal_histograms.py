import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(19680801)
x, y = rng.standard_normal((2, 600))
fig = plt.figure(figsize=(6, 6))
gs = fig.add_gridspec(2, 2, width_ratios=(4, 1), height_ratios=(1, 4), wspace=0.08, hspace=0.08)
ax = fig.add_subplot(gs[1, 0])
top = fig.add_subplot(gs[0, 0], sharex=ax)
side = fig.add_subplot(gs[1, 1], sharey=ax)
ax.scatter(x, y, s=10, color="#444e86")
top.hist(x, bins=40, color="#444e86")
side.hist(y, bins=40, orientation="horizontal", color="#444e86")
top.tick_params(labelbottom=False)
side.tick_params(labelleft=False)
ax.set_xlabel("first component")
ax.set_ylabel("second component")
top.set_title("Scatter with its margins")
plt.show()
