import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection, PatchCollection

fig, (a, b) = plt.subplots(1, 2)
a.plot([], [], "--o", label="empty")
a.plot([np.nan, np.nan], [1, 2], "-.", marker="s")
a.plot([1], [1], ":")
a.scatter([], [], hatch="//")
a.scatter([np.nan], [1])
a.bar([0, 1], [0, np.nan])
a.fill([], [], ls="--")
a.text(0.5, 0.5, " \n ")
a.add_collection(LineCollection([]))
a.add_collection(PatchCollection([]))
a.legend()
b.hist([])
b.contour(np.zeros((3, 3)))
b.imshow(np.ma.masked_all((3, 3)))
b.quiver([], [], [], [])
b.fill_between([], [], [])
