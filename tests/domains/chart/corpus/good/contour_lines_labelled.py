import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(-3, 3, 120)
y = np.linspace(-2, 2, 100)
X, Y = np.meshgrid(x, y)
Z = 2 * (np.exp(-(X**2) - Y**2) - np.exp(-((X - 1) ** 2) - (Y - 1) ** 2))
fig, ax = plt.subplots()
CS = ax.contour(X, Y, Z, levels=[-1.5, -1, -0.5, 0.5, 1, 1.5], colors="k")
ax.clabel(CS, [-1, 1], fontsize=9)
ax.set_title("Single color: negative contours dashed")
ax.set_xlabel("x")
ax.set_ylabel("y")
plt.show()
