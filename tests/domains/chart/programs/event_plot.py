import matplotlib.pyplot as plt
import numpy as np

x = np.arange(0.0, 20.0, 0.01)
y = np.cumsum(np.random.RandomState(0).normal(size=x.size))
y[500:600] = np.nan
fig, axs = plt.subplots(3, 1, sharex=True)
axs[0].plot(x, y, lw=0.7, snap=False)
axs[1].eventplot([[1, 3, 5], [2, 4, 9]], colors=["C0", "C1"])
axs[2].broken_barh([(1, 3), (6, 2)], (0, 1), facecolors=("tab:red", "tab:blue"))
axs[2].step(x[::100], np.abs(y[::100]) / 10, where="mid")
for ax in axs:
    ax.tick_params(labelsize=7)
