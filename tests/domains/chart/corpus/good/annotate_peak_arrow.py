import matplotlib.pyplot as plt
import numpy as np

t = np.arange(0.0, 5.0, 0.01)
s = np.cos(2 * np.pi * t) * np.exp(-0.4 * t)
fig, ax = plt.subplots()
ax.plot(t, s, lw=2)
ax.annotate("second maximum", xy=(1, 0.67), xytext=(1.9, 1.15), arrowprops=dict(facecolor="black", shrink=0.05, width=1.5, headwidth=8))
ax.set_ylim(-1.1, 1.5)
ax.set_xlabel("time (s)")
ax.set_ylabel("displacement (mm)")
ax.set_title("Damped spring")
plt.show()
