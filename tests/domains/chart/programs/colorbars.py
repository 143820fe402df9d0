import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import BoundaryNorm, LogNorm

data = np.random.RandomState(4).rand(8, 8) * 100 + 1
fig, axs = plt.subplots(2, 2, figsize=(8, 6))
first = axs[0, 0].pcolormesh(data, norm=LogNorm(), edgecolors="w", linewidth=0.5)
fig.colorbar(first, ax=axs[0, 0], extend="both", orientation="horizontal")
second = axs[0, 1].imshow(data, norm=BoundaryNorm([0, 20, 50, 100], 256), origin="lower")
fig.colorbar(second, ax=axs[0, 1], spacing="proportional", shrink=0.7)
third = axs[1, 0].matshow(np.ma.masked_less(data, 30))
axs[1, 1].spy(data > 50, markersize=4)
fig.colorbar(third, ax=axs[1, :], label="shared", ticks=[40, 60, 80])
