import matplotlib.pyplot as plt
import numpy as np

X, Y = np.meshgrid(np.linspace(-2, 2, 15), np.linspace(-2, 2, 15))
U, V = -Y, X
fig, ax = plt.subplots(figsize=(5.4, 5), layout="constrained")
ax.quiver(X, Y, U, V, np.hypot(U, V), cmap="viridis")
ax.set_xlabel("x (m)")
ax.set_ylabel("y (m)")
ax.set_title("A rigid vortex")
ax.set_aspect("equal")
plt.show()
