import matplotlib.pyplot as plt
import numpy as np

fig = plt.figure(figsize=(6, 5))
ax = fig.add_axes([0.12, 0.1, 0.8, 0.5])
ax.plot([1, 2, 3], [3, 2, 4])
ax.set_title("Flow at the weir")
ax.set_xlabel("day")
ax.set_ylabel("flow (m³/s)")
photo = fig.add_axes([0.12, 0.605, 0.8, 0.36])  # FAULT text_hidden
photo.imshow(np.add.outer(np.arange(30), np.arange(80)), cmap="bone", aspect="auto")
photo.axis("off")
plt.show()
