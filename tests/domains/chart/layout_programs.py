"""Charts whose layout a person finds good, and charts with a fault of layout.

A line that ends in ``# FAULT kind, kind`` is to blame for one defect of each kind that it names;
there are no others.
"""

from __future__ import annotations

HEAD = """import numpy as np
import matplotlib.pyplot as plt
rng = np.random.default_rng(0)
"""
GOOD = {
    "contourf_legend": """
x = np.linspace(-3, 3, 80)
X, Y = np.meshgrid(x, x)
fig, ax = plt.subplots()
cs = ax.contourf(X, Y, np.sin(X) + Y)
ax.plot([0, 1, 2], [0, 1, -1], "k-", label="path")
ax.legend()
""",
    "broken_axis": """
y = rng.random(30)
y[[3, 14]] += 0.8
fig, (a, b) = plt.subplots(2, 1, sharex=True)
fig.subplots_adjust(hspace=0.05)
a.plot(y)
b.plot(y)
a.set_ylim(0.9 + 0.5, 2)
b.set_ylim(0, 1.1)
a.spines.bottom.set_visible(False)
b.spines.top.set_visible(False)
""",
    "broken_bars": """
v = [3, 5, 90, 95, 4]
fig, (a, b) = plt.subplots(2, 1, sharex=True)
a.bar(range(5), v)
b.bar(range(5), v)
a.set_ylim(85, 100)
b.set_ylim(0, 8)
""",
    "inset_zoom": """
x = np.linspace(0, 10, 300)
fig, ax = plt.subplots()
ax.plot(x, np.sin(x) * x)
ins = ax.inset_axes([0.08, 0.08, 0.35, 0.3], xlim=(1, 2), ylim=(0, 2))
ins.set(xticks=[], yticks=[])
ins.plot(x, np.sin(x) * x)
ax.indicate_inset_zoom(ins, edgecolor="black")
ax.set_ylim(-30, 10)
""",
    "eventplot": """
d = rng.random((4, 40))
plt.eventplot(d, colors=["C0", "C1", "C2", "C3"], lineoffsets=[1, 2, 3, 4], linelengths=0.8)
""",
    "eventplot_cut_ends": """
plt.eventplot(rng.random((3, 30)), lineoffsets=[1, 2, 3], linelengths=0.9)
plt.ylim(0.7, 3.3)
""",
    "errorbar": """
x = np.arange(1, 8)
plt.errorbar(x, x**1.2, yerr=0.4, xerr=0.2, fmt="o", capsize=3)
""",
    "errorbar_log": """
x = np.arange(1, 8)
y = 10.0 ** (x / 2)
plt.errorbar(x, y, yerr=y * 1.2, fmt="o-", capsize=4)
plt.yscale("log", nonpositive="clip")
""",
    "hist_log_step": """
plt.hist(rng.normal(size=500), bins=30, histtype="step", log=True)
""",
    "hist_log_stepfilled": """
plt.hist(rng.normal(size=500), bins=30, histtype="stepfilled", log=True)
""",
    "bar_log": """
plt.bar(["a", "b", "c"], [10, 200, 3000])
plt.yscale("log")
""",
    "fill_log": """
x = np.linspace(1, 10, 60)
plt.fill_between(x, 0, x**3)
plt.yscale("log")
""",
    "dates_concise": """
import datetime as dt, matplotlib.dates as md
d = [dt.datetime(2024, 1, 1) + dt.timedelta(hours=k) for k in range(200)]
fig, ax = plt.subplots()
ax.plot(d, rng.random(200).cumsum())
loc = md.AutoDateLocator()
ax.xaxis.set_major_formatter(md.ConciseDateFormatter(loc))
""",
    "stackplot_rising": """
x = np.arange(10)
plt.stackplot(x, x, x * 2, x * 1.5, labels=["a", "b", "c"])
plt.legend(loc="upper left")
""",
    "stackplot_percent": """
x = np.arange(10)
a = 0.2 + 0.02 * x
plt.stackplot(x, a, 0.6 - a / 2, 0.4 - a / 2, labels=["a", "b", "c"])
plt.legend(loc="lower right")
plt.xlim(0, 9)
plt.ylim(0, 1)
""",
    "stackplot_default_margins": """
x = np.arange(10)
plt.stackplot(x, np.full(10, 3), np.full(10, 2), labels=["a", "b"])
plt.legend(loc="upper right")
""",
    "fill_all": """
x = np.linspace(0, 1, 50)
fig, ax = plt.subplots()
ax.fill_between(x, 0, 5 + 0 * x, label="range")
ax.margins(0)
ax.legend()
""",
    "table": """
fig, ax = plt.subplots()
ax.axis("off")
ax.table([["1", "2"], ["3", "4"]], colLabels=["a", "b"], loc="center")
""",
    "table_framed": """
fig, ax = plt.subplots()
ax.set_xticks([])
ax.set_yticks([])
ax.table([["1", "2"], ["3", "4"]], colLabels=["a", "b"], loc="center")
""",
    "legend_panel": """
fig, axs = plt.subplots(2, 2)
hs = [axs.flat[k].plot(rng.random(9), color=f"C{k}", label=f"run {k}")[0] for k in range(3)]
axs.flat[3].axis("off")
axs.flat[3].legend(handles=hs, loc="center")
""",
    "legend_panel_ticksoff": """
fig, axs = plt.subplots(1, 2)
hs = [axs[0].plot(rng.random(9), label=f"run {k}")[0] for k in range(3)]
axs[1].set_axis_off()
axs[1].legend(hs, ["a", "b", "c"], loc="center", frameon=False)
""",
    "axvspan_only": """
fig, ax = plt.subplots()
ax.set_xlim(0, 24)
ax.axvspan(8, 18, color="gold")
""",
    "axline_only": """
fig, ax = plt.subplots()
ax.axline((0, 0), slope=1)
ax.set(xlim=(0, 1), ylim=(0, 1))
""",
    "parent_of_insets": """
fig, ax = plt.subplots()
ax.set_xticks([])
ax.set_yticks([])
for k in range(2):
    ax.inset_axes([0.05 + 0.5 * k, 0.2, 0.4, 0.6]).plot(rng.random(5))
""",
    "big_label_axes": """
fig, axs = plt.subplots(2, 2)
for a in axs.flat:
    a.plot(rng.random(9))
big = fig.add_subplot(111, frameon=False)
big.tick_params(labelcolor="none", top=False, bottom=False, left=False, right=False)
big.set_xlabel("common")
""",
    "zoom_panel": """
x = np.linspace(0, 100, 900)
y = np.sin(x) * x
fig, (a, b) = plt.subplots(1, 2)
a.plot(x, y)
b.plot(x, y)
b.set_xlim(10, 30)
b.set_ylim(-30, 30)
""",
    "zoom_panel_scatter": """
x, y = rng.random((2, 300))
fig, (a, b) = plt.subplots(1, 2)
a.scatter(x, y)
b.scatter(x, y)
b.set_xlim(0.2, 0.4)
b.set_ylim(0.5, 0.8)
""",
    "zoom_one_of_two": """
x = np.linspace(0, 10, 100)
fig, (a, b) = plt.subplots(1, 2)
a.plot(x, np.sin(x))
a.plot(x, np.cos(x))
b.plot(x, np.cos(x))
b.set_xlim(2, 4)
""",
    "zoom_decimated": """
x = np.linspace(0, 10, 1001)
y = np.sin(x)
fig, (a, b) = plt.subplots(2, 1)
a.plot(x[::5], y[::5])
b.plot(x, y)
b.set_xlim(2, 4)
""",
    "rug_kde": """
v = rng.normal(size=60)
g = np.linspace(-4, 4, 200)
fig, ax = plt.subplots()
ax.plot(g, np.exp(-(g**2) / 2))
ax.plot(v, np.zeros(60), "|", color="k", ms=14)
ax.set_ylim(0, 1.1)
""",
    "rug_vlines": """
v = rng.random(40)
fig, ax = plt.subplots()
ax.plot(np.sort(v), np.linspace(0, 1, 40))
ax.vlines(v, -0.02, 0.03)
ax.set_ylim(0, 1)
""",
    "rug_event_top": """
v = rng.random(40)
fig, ax = plt.subplots()
ax.plot(np.sort(v), np.linspace(0, 1, 40))
ax.eventplot(v, lineoffsets=1, linelengths=0.06)
ax.set_ylim(0, 1)
""",
    "rug_event_vertical": """
v = rng.random(40)
fig, ax = plt.subplots()
ax.plot(np.linspace(0, 1, 40), np.sort(v))
ax.eventplot(v, orientation="vertical", lineoffsets=0, linelengths=0.05)
ax.set_xlim(0, 1)
""",
    "event_collection": """
from matplotlib.collections import EventCollection
v = rng.random(20)
fig, ax = plt.subplots()
ax.plot(np.sort(v), v.cumsum() / v.sum())
ax.add_collection(EventCollection(v, linelength=0.05))
ax.set_xlim(0, 1)
ax.set_ylim(0, 1)
""",
    "line_ends": """
x = np.linspace(-0.04, 10.05, 3)
fig, ax = plt.subplots()
ax.plot(x, x)
ax.set_xlim(0, 10)
ax.set_ylim(0, 10)
""",
    "hlines_beyond": """
fig, ax = plt.subplots()
ax.plot([1, 2, 3, 4], [4, 2, 3, 5])
ax.hlines(3.5, -10, 20, colors="grey", ls="--")
ax.set_xlim(0, 5)
""",
    "marker_on_edge": """
x = np.arange(11)
fig, ax = plt.subplots()
ax.plot(x, x**2, "o-")
ax.set_xlim(0, 10)
ax.set_ylim(0, 100)
""",
    "double_ticks": """
fig, ax = plt.subplots()
ax.bar([0, 1, 2], [2, 3, 1])
ax.set_xticks([0, 1, 2])
ax.set_xticks([0.0, 1.0, 2.0], minor=False)
ax.set_xticks([0, 1, 2, 0, 1, 2], ["ab", "bc", "cd"] * 2)
""",
    "ticks_two_sides": """
fig, ax = plt.subplots()
ax.plot(range(5))
ax.tick_params(labeltop=True, labelright=True)
""",
    "ticks_rot45": """
fig, ax = plt.subplots()
n = [f"category {k}" for k in range(14)]
ax.bar(n, range(14))
ax.tick_params(axis="x", rotation=45)
""",
    "ticks_rot90": """
fig, ax = plt.subplots()
n = [f"cat {k}" for k in range(24)]
ax.bar(n, range(24))
plt.xticks(rotation=90)
""",
    "barh_many": """
fig, ax = plt.subplots(figsize=(6, 6))
ax.barh([f"item {k}" for k in range(25)], range(25))
""",
    "axes_text_only": """
fig, (a, b) = plt.subplots(1, 2)
a.plot([1, 2])
b.set_xticks([])
b.set_yticks([])
b.text(0.5, 0.5, "n = 20", ha="center")
""",
    "broken_barh": """
fig, ax = plt.subplots()
ax.broken_barh([(10, 50), (100, 20)], (10, 9))
ax.set_ylim(5, 35)
ax.set_xlim(0, 150)
""",
    "legend_below_data": """
x = np.linspace(0, 10, 100)
plt.plot(x, np.sin(x), label="s")
plt.plot(x, np.cos(x), label="c")
plt.legend(loc="upper center", bbox_to_anchor=(0.5, 1.15), ncol=2)
""",
    "legend_beside_points": """
plt.scatter(rng.random(20), rng.random(20) * 0.8, label="a")
plt.ylim(0, 1.1)
plt.legend(loc="upper right", ncol=2)
""",
}
BAD = {
    "line_ylim": """
plt.plot([1, 2, 3, 4], [10, 80, 40, 20])
plt.ylim(0, 60)  # FAULT data_outside
""",
    "hist_xlim": """
plt.hist(rng.exponential(1, 3000), bins=60)
plt.xlim(0, 1.5)  # FAULT data_outside
""",
    "hist_both": """
plt.hist(rng.normal(size=3000), bins=60)
plt.xlim(-1, 1)  # FAULT data_outside
""",
    "three_hists": """
for k in range(3):
    plt.hist(rng.normal(k, 1, 500), bins=40, alpha=0.5, label=f"g{k}")
plt.legend()
plt.xlim(-1, 2)  # FAULT data_outside, data_outside, data_outside
""",
    "scatter_xlim": """
plt.scatter(rng.random(50), rng.random(50))
plt.xlim(0, 0.7)  # FAULT data_outside
""",
    "barh_cut": """
plt.barh(["a", "b", "c"], [10, 60, 100])
plt.xlim(0, 80)  # FAULT data_outside
""",
    "fill_cut": """
x = np.linspace(0, 10, 100)
plt.fill_between(x, 0, x**2)
plt.ylim(0, 50)  # FAULT data_outside
""",
    "event_row_cut": """
plt.eventplot(rng.random((3, 30)), lineoffsets=[1, 2, 3], linelengths=0.9)
plt.ylim(0.5, 2.4)  # FAULT data_outside
""",
    "errorbar_cut": """
plt.errorbar([1, 2, 3], [5, 6, 9], yerr=[1, 2, 4])
plt.ylim(0, 10)  # FAULT data_outside
""",
    "axis_call": """
x = np.linspace(0, 10, 400)
plt.plot(x, x**2)
plt.axis([0, 10, 0, 60])  # FAULT data_outside
""",
    "dense_line": """
x = np.linspace(0, 10, 950)
fig, ax = plt.subplots()
ax.plot(x, np.sin(x))
ax.set_xlim(0, 8)  # FAULT data_outside
""",
    "zoom_other_data": """
x = np.linspace(0, 10, 100)
fig, (a, b) = plt.subplots(1, 2)
a.plot(x, np.sin(x))
b.plot(x, 5 * np.cos(x))
b.set_xlim(2, 4)  # FAULT data_outside
""",
    "legend_bars": """
plt.bar(range(8), [9, 8, 9, 8, 9, 4, 2, 1], label="n")
plt.bar(range(8), [2, 2, 2, 2, 2, 2, 2, 1], label="m")
plt.legend(loc="upper left")  # FAULT legend_covers_data
""",
    "legend_stack_rising": """
x = np.arange(10)
plt.stackplot(x, x, x * 2, x * 1.5, labels=["a", "b", "c"])
plt.legend(loc="lower right")  # FAULT legend_covers_data
""",
    "legend_scatter": """
plt.scatter(rng.random(200), rng.random(200), label="points")
plt.legend(loc="center")  # FAULT legend_covers_data
""",
    "ticks_long": """
fig, ax = plt.subplots()
ax.bar([f"a rather long name {k}" for k in range(7)], range(7))  # FAULT ticks_crowded
""",
    "ticks_many": """
fig, ax = plt.subplots()
ax.plot(range(100))
ax.set_xticks(range(0, 100, 2))  # FAULT ticks_crowded
""",
    "ticks_size": """
fig, ax = plt.subplots()
ax.plot(range(12))
ax.set_xticks(range(12), [f"wk {k}" for k in range(12)])
ax.tick_params(axis="x", labelsize=18)  # FAULT ticks_crowded
""",
    "ticks_y": """
fig, ax = plt.subplots(figsize=(6, 3))
ax.barh([f"item {k}" for k in range(40)], range(40))  # FAULT ticks_crowded
""",
    "ticks_dates": """
import datetime as dt
import matplotlib.dates as md
d = [dt.date(2024, 1, 1) + dt.timedelta(days=k) for k in range(60)]
fig, ax = plt.subplots()
ax.plot(d, range(60))
ax.xaxis.set_major_locator(md.DayLocator(interval=4))  # FAULT ticks_crowded
""",
    "ticks_polar": """
ax = plt.subplot(projection="polar")
ax.plot([0, 1, 2], [1, 2, 3])
ax.set_xticks(np.linspace(0, 2 * np.pi, 60, endpoint=False))  # FAULT ticks_crowded
""",
    "empty_one": """
fig, axs = plt.subplots(2, 2)  # FAULT axes_empty
for a in axs.flat[:3]:
    a.plot(rng.random(5))
""",
    "empty_titled": """
fig, (a, b) = plt.subplots(1, 2)  # FAULT axes_empty
a.plot([1, 2, 3])
b.set_title("later")
b.set_xlabel("x")
""",
    "empty_grid": """
fig, (a, b) = plt.subplots(1, 2)  # FAULT axes_empty
a.plot([1, 2, 3])
b.grid(True)
b.set_xlim(0, 5)
""",
    "empty_legend_framed": """
fig, (a, b) = plt.subplots(1, 2)  # FAULT axes_empty
l, = a.plot([1, 2, 3])
b.legend([l], ["run"])
""",
    "empty_outside": """
fig, ax = plt.subplots()
ax.plot([1, 2, 3], [1, 2, 3])
ax.set_xlim(10, 20)  # FAULT data_outside, axes_empty
""",
    "empty_panel_letter": """
fig, (a, b) = plt.subplots(1, 2)  # FAULT axes_empty
a.plot([1, 2, 3])
b.text(-0.1, 1.08, "(b)", transform=b.transAxes)
""",
    "sheet_over_the_figure": """
from matplotlib.patches import Rectangle
fig, ax = plt.subplots()
ax.bar(["a", "b"], [3, 5])
fig.add_artist(Rectangle((0, 0), 1, 1, color="white", zorder=9))  # FAULT axes_empty
""",
    "sheet_in_the_axes": """
fig, ax = plt.subplots()
ax.plot([1, 2, 3], [3, 5, 4])
ax.axhspan(0, 9, color="white", zorder=9)  # FAULT axes_empty
ax.set_ylim(2, 6)
""",
    "opaque_twin": """
fig, ax = plt.subplots()
ax.bar(["a", "b"], [3, 5])
twin = ax.twinx()  # FAULT axes_empty
twin.patch.set_visible(True)
""",
    "white_on_white": """
fig, ax = plt.subplots()
ax.plot([1, 2, 3], [3, 5, 4], color="white")  # FAULT axes_empty
""",
}
