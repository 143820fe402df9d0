import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(5.5, 4))
ax.errorbar([1, 2, 3], [2.0, 2.4, 3.3], yerr=0.2, fmt="s", color="k", capsize=3)
ax.set_xlabel("run")
ax.set_ylabel("lifetime of the carrier (ns)", size=5)  # FAULT text_tiny
ax.set_xticks([1, 2, 3])
fig.tight_layout()
plt.show()
