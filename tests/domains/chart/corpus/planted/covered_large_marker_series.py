import matplotlib.pyplot as plt

x = [1, 2, 3, 4, 5, 6]
fig, ax = plt.subplots(figsize=(6, 4))
ax.plot(x, [2, 3, 5, 4, 6, 7], "o", color="#f72585", ms=6, label="read at noon")
ax.plot(x, [2, 3, 5, 4, 6, 7], "s", color="#3a0ca3", ms=14, label="read at night")  # FAULT data_hidden
ax.set_xlabel("day")
ax.set_ylabel("gauge (cm)")
ax.legend(loc="lower right")
fig.tight_layout()
plt.show()
