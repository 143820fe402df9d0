import matplotlib.pyplot as plt
import numpy as np
from mpl_toolkits.axes_grid1 import ImageGrid, make_axes_locatable
from mpl_toolkits.axes_grid1.inset_locator import mark_inset, zoomed_inset_axes

fig = plt.figure(figsize=(8, 4))
grid = ImageGrid(fig, 121, nrows_ncols=(2, 2), axes_pad=0.1)
for ax in grid:
    ax.imshow(np.eye(4))
ax = fig.add_subplot(122)
ax.plot(np.arange(20) ** 2)
side = make_axes_locatable(ax).append_axes("right", 0.4, pad=0.1)
side.hist(np.arange(20) ** 2, orientation="horizontal")
inset = zoomed_inset_axes(ax, 2, loc="upper left")
inset.plot(np.arange(20) ** 2)
inset.set(xlim=(5, 8), ylim=(0, 70))
mark_inset(ax, inset, loc1=2, loc2=4, fc="none", ec="0.5")
