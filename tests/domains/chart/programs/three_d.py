import matplotlib.pyplot as plt
import numpy as np

x, y = np.meshgrid(np.linspace(-2, 2, 20), np.linspace(-2, 2, 20))
fig = plt.figure()
ax = fig.add_subplot(projection="3d")
ax.plot_surface(x, y, np.exp(-(x**2) - y**2), cmap="coolwarm")
ax.scatter([0, 1], [1, 0], [1, 0.5], c="k")
ax.set_xlabel("X")
ax.set_zlabel("height")
ax.set_title("Bell")
