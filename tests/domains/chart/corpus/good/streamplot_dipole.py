import matplotlib.pyplot as plt
import numpy as np

Y, X = np.mgrid[-3:3:80j, -3:3:80j]
U, V = -1 - X**2 + Y, 1 + X - Y**2
fig, ax = plt.subplots(figsize=(5.5, 5))
stream = ax.streamplot(X, Y, U, V, color=U, linewidth=1.5, cmap="autumn", density=0.9)
fig.colorbar(stream.lines, label="u (m/s)")
ax.set_title("Flow past the jetty")
ax.set_xlabel("x (km)")
ax.set_ylabel("y (km)")
fig.tight_layout()
plt.show()
