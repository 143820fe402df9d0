import matplotlib.pyplot as plt
import numpy as np

z = np.add.outer(np.arange(10), np.arange(12) ** 1.2)
fig, ax = plt.subplots(figsize=(6, 4))
fig.subplots_adjust(right=0.99)
image = ax.imshow(z, cmap="cividis", aspect="auto")
ax.set_title("Height of the dune")
cax = fig.add_axes([0.9, 0.11, 0.03, 0.77])
ax.set_position([0.1, 0.11, 0.76, 0.77])
fig.colorbar(image, cax=cax, label="height over the sea (m)")  # FAULT text_clipped
plt.show()
