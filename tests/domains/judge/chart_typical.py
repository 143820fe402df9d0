"""Twelve charts as people make them, for benchmarks of the render path."""

from __future__ import annotations

_HEAD = "import numpy as np\nimport matplotlib.pyplot as plt\n"

_BODIES = {
    "lines": """
x = np.linspace(0, 10, 200)
fig, ax = plt.subplots(figsize=(8, 5))
for k in range(3):
    ax.plot(x, np.sin(x + k), label=f"phase {k}")
ax.set_title("Waves")
ax.set_xlabel("time (s)")
ax.set_ylabel("amplitude")
ax.legend()
ax.grid(True)
plt.savefig("out.png")
""",
    "grouped bars": """
names = ["north", "east", "south", "west"]
x = np.arange(4)
fig, ax = plt.subplots()
bars = [ax.bar(x + 0.3 * k, np.arange(4) + k + 1, 0.3, label=f"year {k}") for k in range(3)]
ax.bar_label(bars[0])
ax.set_xticks(x + 0.3, names)
ax.set_title("Sales by region")
ax.legend(loc="upper left")
fig.tight_layout()
plt.savefig("out.png")
""",
    "scatter with colour bar": """
rng = np.random.default_rng(0)
x, y = rng.normal(size=(2, 300))
fig, ax = plt.subplots()
points = ax.scatter(x, y, c=x + y, s=20 + 30 * np.abs(x), alpha=0.7)
fig.colorbar(points, ax=ax, label="sum")
ax.set(title="Cloud", xlabel="x", ylabel="y")
plt.savefig("out.png")
""",
    "pie": """
plt.pie([40, 30, 20, 10], labels=["a", "b", "c", "d"], autopct="%1.0f%%", explode=[0.1, 0, 0, 0])
plt.title("Shares")
plt.savefig("out.png")
""",
    "heat map": """
data = np.arange(48.0).reshape(6, 8) % 11
fig, ax = plt.subplots()
image = ax.imshow(data, cmap="viridis")
for (i, j), value in np.ndenumerate(data):
    ax.text(j, i, f"{value:.0f}", ha="center", va="center", color="white")
fig.colorbar(image)
ax.set_title("Heat")
plt.savefig("out.png")
""",
    "histogram": """
rng = np.random.default_rng(0)
plt.hist([rng.normal(size=500), rng.normal(1, 2, 500)], bins=30, label=["a", "b"])
plt.xlabel("value")
plt.ylabel("count")
plt.title("Distribution")
plt.legend()
plt.savefig("out.png")
""",
    "boxes": """
rng = np.random.default_rng(0)
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4), sharey=True)
data = [rng.normal(k, 1 + k / 3, 80) for k in range(4)]
left.boxplot(data)
right.violinplot(data, showmedians=True)
left.set_title("Boxes")
right.set_title("Violins")
fig.tight_layout()
plt.savefig("out.png")
""",
    "data frame": """
import pandas as pd
frame = pd.DataFrame({"year": range(2010, 2020), "a": range(10), "b": [k**1.5 for k in range(10)]})
ax = frame.plot(x="year", y=["a", "b"], marker="o", figsize=(7, 4))
ax.set_title("Growth")
ax.set_ylabel("units")
plt.savefig("out.png")
""",
    "two axes": """
fig, ax = plt.subplots()
other = ax.twinx()
ax.bar(range(12), np.arange(12) ** 1.3, color="lightgray")
other.plot(range(12), np.cos(np.arange(12)), "C3o-")
ax.set_xlabel("month")
ax.set_ylabel("rain (mm)")
other.set_ylabel("index")
ax.set_title("Climate")
plt.savefig("out.png")
""",
    "filled areas": """
x = np.arange(30)
fig, ax = plt.subplots(layout="constrained")
ax.stackplot(x, x, 30 - x, 10 + 5 * np.sin(x), labels=["a", "b", "c"])
ax.axhline(20, ls="--", color="k")
ax.annotate("crossing", (15, 15), (18, 5), arrowprops={"arrowstyle": "->"})
ax.legend(ncols=3)
ax.set_title("Stack")
plt.savefig("out.png")
""",
    "four panels": """
fig, axes = plt.subplots(2, 2, figsize=(9, 7))
x = np.linspace(0.1, 5, 50)
curves = {"x": x, "log": np.log(x), "exp": np.exp(x), "1/x": 1 / x}
for ax, (name, y) in zip(axes.flat, curves.items()):
    ax.plot(x, y)
    ax.set_title(name)
    ax.grid(alpha=0.3)
fig.suptitle("Functions")
fig.tight_layout()
plt.savefig("out.png")
""",
    "error bars": """
x = np.arange(8)
plt.errorbar(x, x**2, yerr=2 + x, fmt="s--", capsize=4, label="measured")
plt.fill_between(x, x**2 - 8, x**2 + 8, alpha=0.2, label="model")
plt.yscale("symlog")
plt.title("Fit $y = x^2$")
plt.legend()
plt.savefig("out.png")
""",
}  # fmt: skip

TYPICAL = {name: _HEAD + body for name, body in _BODIES.items()}
