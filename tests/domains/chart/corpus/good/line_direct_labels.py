import matplotlib.pyplot as plt

weeks = range(1, 9)
series = {"team A": [3, 4, 6, 7, 9, 11, 12, 15], "team B": [5, 5, 6, 6, 7, 7, 8, 8], "team C": [2, 2, 3, 3, 3, 4, 4, 4]}
fig, ax = plt.subplots(figsize=(6.4, 4))
for (name, values), color in zip(series.items(), ("#1b4965", "#7f4f24", "#6a040f")):
    ax.plot(weeks, values, color=color, marker="o", ms=4)
    ax.annotate(name, (8, values[-1]), xytext=(8, 0), textcoords="offset points", color=color, va="center")
ax.set_xlim(0.7, 9.3)
ax.set_xticks(list(weeks))
ax.set_xlabel("week")
ax.set_ylabel("points")
ax.set_title("Points after eight weeks")
plt.show()
