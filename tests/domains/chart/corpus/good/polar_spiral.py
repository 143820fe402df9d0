import matplotlib.pyplot as plt
import numpy as np

r = np.arange(0, 2, 0.01)
theta = 2 * np.pi * r
fig, ax = plt.subplots(subplot_kw={"projection": "polar"})
ax.plot(theta, r, lw=2, color="indigo")
ax.set_rmax(2)
ax.set_rticks([0.5, 1.5])
ax.set_rlabel_position(20)
ax.grid(True)
ax.set_title("A line plot on a polar axis", va="bottom")
plt.show()
