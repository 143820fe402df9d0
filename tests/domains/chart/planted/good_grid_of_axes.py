import matplotlib.pyplot as plt
import numpy as np

fig, axes = plt.subplots(2, 2, figsize=(8, 6), sharex=True, layout="constrained")
x = np.linspace(0, 6, 50)
for k, ax in enumerate(axes.flat):
    ax.plot(x, np.sin(x + k))
    ax.set_title(f"shift {k}")
fig.suptitle("Waves")
inset = axes[0, 0].inset_axes([0.6, 0.6, 0.35, 0.35])
inset.plot(x, np.sin(x))
inset.set_xlim(0, 1)
inset.set_xticks([]); inset.set_yticks([])
plt.show()
