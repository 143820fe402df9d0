import matplotlib.pyplot as plt
import numpy as np

x, y = np.meshgrid(np.linspace(-3, 3, 60), np.linspace(-3, 3, 60))
z = np.sin(x) * np.cos(y)
fig, (a, b) = plt.subplots(1, 2, figsize=(9, 4))
filled = a.contourf(x, y, z, levels=12, cmap="RdBu")
fig.colorbar(filled, ax=a)
lines = b.contour(x, y, z, levels=[-0.5, 0, 0.5], colors="k")
b.clabel(lines, fontsize=8)
