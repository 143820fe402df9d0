import matplotlib.pyplot as plt
import numpy as np

x, y = np.meshgrid(np.linspace(-2, 2, 25), np.linspace(-2, 2, 25))
fig = plt.figure()
ax = fig.add_subplot(projection="3d")
ax.plot_surface(x, y, np.exp(-(x**2) - y**2), cmap="viridis")
ax.set_title("A hill")
ax.set_xlabel("x")
ax.set_ylabel("y")
plt.show()
