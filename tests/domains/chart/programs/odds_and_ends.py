import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import ConnectionPatch
from matplotlib.widgets import Button, Slider

fig = plt.figure(figsize=(8, 6))
a = plt.subplot2grid((3, 3), (0, 0), colspan=2)
a.stairs([1, 3, 2], [0, 1, 2, 3], fill=True)
a.ecdf([1, 2, 2, 3], color="k")
a.set_yscale("symlog")
b = plt.subplot2grid((3, 3), (1, 0), rowspan=2)
b.barbs(np.arange(4), np.arange(4), [5, 20, 50, 80], [10, 0, 30, 40])
b.invert_yaxis()
c = plt.subplot2grid((3, 3), (1, 1), colspan=2)
c.set_axis_off()
c.plot([1, 2])
Slider(fig.add_axes([0.5, 0.1, 0.4, 0.03]), "freq", 0, 10, valinit=3)
Button(fig.add_axes([0.5, 0.2, 0.1, 0.05]), "Go")
fig.add_artist(ConnectionPatch((1, 1), (0, 1), "data", "data", axesA=a, axesB=c, color="r"))
fig.figimage(np.random.RandomState(3).rand(20, 30), 10, 10)
fig.legend(["one", "two"], loc="outside upper right")
fig.add_artist(plt.Line2D([0, 1], [0.5, 0.5], color="g"))
