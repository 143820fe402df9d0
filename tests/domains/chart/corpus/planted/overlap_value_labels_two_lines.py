import matplotlib.pyplot as plt

x = [1, 2, 3, 4, 5]
plan, done = [10, 22, 31, 44, 52], [10.6, 22.9, 30.2, 44.6, 52.8]
fig, ax = plt.subplots()
ax.plot(x, plan, "o-", label="plan")
ax.plot(x, done, "o-", label="done")
for px, py in zip(x, plan):
    ax.annotate(f"{py:.1f}", (px, py), xytext=(0, 8), textcoords="offset points", ha="center")
ax.annotate("32.4 revised", (3, 31), xytext=(10, 13), textcoords="offset points", ha="right")  # FAULT text_overlap
ax.set_ylim(0, 62)
ax.set_xlabel("month")
ax.set_ylabel("km of track")
ax.legend(loc="lower right")
plt.show()
