import matplotlib.pyplot as plt
import numpy as np

X, Y = np.meshgrid(np.arange(-5, 5, 0.3), np.arange(-5, 5, 0.3))
Z = np.sin(np.sqrt(X**2 + Y**2))
fig, ax = plt.subplots(subplot_kw={"projection": "3d"}, figsize=(6.5, 5.5))
ax.plot_surface(X, Y, Z, cmap="coolwarm", linewidth=0)
ax.set_zlim(-1.01, 1.01)
ax.set_xlabel("x")
ax.set_ylabel("y")
ax.set_zlabel("height")
ax.set_title("Ripples")
plt.show()
