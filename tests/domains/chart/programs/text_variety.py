import matplotlib.pyplot as plt

fig, ax = plt.subplots(dpi=150)
ax.text(0.1, 0.1, "anchored\nlines", rotation=35, rotation_mode="anchor", ha="right", linespacing=2)
ax.text(0.5, 0.9, "a long text that is wrapped at the edge of the picture " * 2, wrap=True)
ax.text(0.5, 0.5, "no smooth edges", antialiased=False, family="monospace", variant="small-caps")
ax.text(0.2, 0.6, "costs $5 and $6", parse_math=False, stretch="condensed", color="#11335580")
ax.text(0.2, 0.3, "missing \u4e2d\u6587 \U0001f600 and office", fontsize=14)
ax.text(0.7, 0.2, "serif", family="serif", weight=800, bbox={"boxstyle": "sawtooth", "fc": "0.8"})
ax.text(0.7, 0.05, "", color="r")
ax.set_title("left", loc="left", fontsize="x-small")
ax.set_title("right", loc="right", pad=20)
