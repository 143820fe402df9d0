import matplotlib.pyplot as plt

fig, (top, bottom) = plt.subplots(2, 1, sharex=True)
fig.subplots_adjust(hspace=0.05)
for ax in (top, bottom):
    ax.plot([1, 2, 3, 4], [1, 2, 90, 95], "o")
top.set_ylim(80, 100)
bottom.set_ylim(0, 5)
top.spines.bottom.set_visible(False)
bottom.spines.top.set_visible(False)
top.xaxis.tick_top()
kwargs = dict(
    marker=[(-1, -0.5), (1, 0.5)], markersize=12, linestyle="none", color="k", clip_on=False
)
top.plot([0, 1], [0, 0], transform=top.transAxes, **kwargs)
