import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 2 * np.pi, 400)
fig, axs = plt.subplots(2, 2, sharex=True, sharey=True, figsize=(7, 5))
for k, ax in enumerate(axs.flat, start=1):
    ax.plot(x, np.sin(k * x), color=f"C{k - 1}")
    ax.set_title(f"k = {k}", fontsize=11)
fig.supxlabel("angle (rad)")
fig.supylabel("amplitude")
fig.suptitle("Standing waves")
fig.tight_layout()
plt.show()
