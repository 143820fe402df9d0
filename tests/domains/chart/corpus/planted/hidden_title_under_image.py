import matplotlib.pyplot as plt
import numpy as np

fig = plt.figure(figsize=(6, 5))
ax = fig.add_axes([0.12, 0.1, 0.8, 0.5])
ax.plot([1, 2, 3], [3, 2, 4])
ax.set_title("Flow at the weir")
ax.set_xlabel("day")
ax.set_ylabel("flow (m³/s)")
fig.figimage(np.add.outer(np.arange(170), np.arange(480)), xo=70, yo=302, cmap="bone")  # FAULT text_hidden
plt.show()
