import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.plot([0, 1, 2, 3], [0, 3, 1, 4])
ax.annotate(
    "peak",
    xy=(1, 3),
    xytext=(1.8, 3.6),
    arrowprops=dict(facecolor="black", shrink=0.05, width=1, headwidth=6),
    bbox=dict(boxstyle="round,pad=0.3", fc="yellow", ec="b", lw=1),
)
ax.annotate(
    "curve", (2, 1), (2.4, 0.3), arrowprops={"arrowstyle": "->", "connectionstyle": "arc3,rad=.3"}
)
ax.arrow(0.2, 2, 0.5, 0.5, head_width=0.1)
ax.text(0.1, 3.5, "two\nlines", rotation=90, weight="bold", style="italic")
