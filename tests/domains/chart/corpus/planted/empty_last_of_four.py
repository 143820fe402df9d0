import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 5, 60)
fig, axs = plt.subplots(2, 2, figsize=(7, 5))  # FAULT axes_empty
for ax, name, y in zip(axs.flat, ("sine", "cosine", "root"), (np.sin(x), np.cos(x), np.sqrt(x))):
    ax.plot(x, y)
    ax.set_title(name)
fig.tight_layout()
plt.show()
