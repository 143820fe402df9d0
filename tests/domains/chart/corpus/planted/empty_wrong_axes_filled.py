import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 3, figsize=(9, 3.4), sharey=True)  # FAULT axes_empty
groups = {"young": [3, 5, 4], "old": [6, 4, 7]}
for index, (name, values) in enumerate(groups.items()):
    axes[index].bar(["a", "b", "c"], values, color=f"C{index}")
    axes[index].set_title(name)
axes[0].set_ylabel("answers")
fig.tight_layout()
plt.savefig("groups.png")
