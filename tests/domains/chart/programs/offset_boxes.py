import matplotlib.pyplot as plt
import numpy as np
from matplotlib.offsetbox import AnchoredText, AnnotationBbox, OffsetImage
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

fig, ax = plt.subplots()
ax.imshow(np.arange(100).reshape(10, 10), cmap="gray")
ax.add_artist(AnchoredText("Figure 1a", loc="upper left", frameon=True))
ax.add_artist(AnchoredSizeBar(ax.transData, 3, "3 m", "lower right", color="w"))
icon = OffsetImage(np.random.RandomState(0).rand(8, 8), zoom=4, cmap="jet")
ax.add_artist(AnnotationBbox(icon, (5, 5), xybox=(40, 40), boxcoords="offset points",
                             arrowprops={"arrowstyle": "->"}))
