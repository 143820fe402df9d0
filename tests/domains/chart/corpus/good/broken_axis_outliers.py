import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(19680801)
pts = rng.random(30) * 0.2
pts[[3, 14]] += 0.8
fig, (top, low) = plt.subplots(2, 1, sharex=True)
fig.subplots_adjust(hspace=0.05)
for ax in (top, low):
    ax.plot(pts, "o-", ms=4)
top.set_ylim(0.78, 1.0)
low.set_ylim(0, 0.22)
top.spines.bottom.set_visible(False)
low.spines.top.set_visible(False)
top.tick_params(bottom=False, labelbottom=False)
slash = dict(marker=[(-1, -0.5), (1, 0.5)], markersize=12, linestyle="none", color="k", mec="k", mew=1, clip_on=False)
top.plot([0, 1], [0, 0], transform=top.transAxes, **slash)
low.plot([0, 1], [1, 1], transform=low.transAxes, **slash)
low.set_xlabel("sample")
plt.show()
