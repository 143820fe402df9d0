import matplotlib.pyplot as plt
import matplotlib.patheffects as pe

fig, ax = plt.subplots()
ax.set_facecolor("0.3")
ax.text(
    0.5,
    0.5,
    "outlined",
    fontsize=30,
    color="w",
    ha="center",
    path_effects=[pe.withStroke(linewidth=4, foreground="k")],
)
ax.plot([0, 1], [0, 1], lw=4, marker="o", path_effects=[pe.SimpleLineShadow(), pe.Normal()])
title = ax.set_title("With $x^2$", path_effects=[pe.withSimplePatchShadow()])
