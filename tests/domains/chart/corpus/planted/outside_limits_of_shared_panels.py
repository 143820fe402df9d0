import matplotlib.pyplot as plt
import numpy as np

t = np.linspace(0, 8, 100)
fig, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained", sharey=True)
axes[0].plot(t, np.sin(t), color="C0")
axes[1].plot(t, 3 * np.sin(t), color="C1")
for ax, name in zip(axes, ("calm", "storm")):
    ax.set_title(name)
    ax.set_xlabel("time (h)")
axes[0].set_ylabel("wave (m)")
axes[0].set_ylim(-1.2, 1.2)  # FAULT data_outside
plt.show()
