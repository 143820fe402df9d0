import matplotlib.pyplot as plt
import numpy as np

fig, axs = plt.subplot_mosaic([["a", "b"], ["c", "c"]], layout="constrained", figsize=(7, 5))
for name, ax in axs.items():
    ax.plot(np.arange(5), np.arange(5) ** 2)
    ax.set_title(f"Panel {name}\nsecond line")
    ax.set_xlabel("x label")
image = axs["b"].pcolormesh(np.arange(16).reshape(4, 4))
fig.colorbar(image, ax=axs["b"])
fig.supylabel("shared")
