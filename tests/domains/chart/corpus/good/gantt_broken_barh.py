import matplotlib.pyplot as plt

tasks = {"design": (0, 4), "build": (3, 6), "test": (8, 3), "ship": (11, 1)}
fig, ax = plt.subplots(figsize=(7, 3.2))
for row, (task, (start, length)) in enumerate(tasks.items()):
    ax.broken_barh([(start, length)], (row - 0.3, 0.6), facecolors=f"C{row}")
ax.set_yticks(range(4), labels=list(tasks))
ax.invert_yaxis()
ax.set_xlim(0, 13)
ax.set_xlabel("week")
ax.set_title("Plan of the project")
fig.tight_layout()
plt.show()
