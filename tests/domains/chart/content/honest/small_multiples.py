# asked: {"kind": "line", "title": "Tea and coffee", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}, {"name": "Coffee", "values": [30, 25, 60]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
b = [30, 25, 60]
fig, axs = plt.subplots(1, 2, sharey=True, figsize=(8, 4))
for ax, n, v in zip(axs, ("Tea", "Coffee"), (a, b)):
    ax.plot(c, v, "o-")
    ax.set_title(n)
    ax.set_xlabel("Month")
axs[0].set_ylabel("Tons")
fig.suptitle("Tea and coffee")
fig.tight_layout()
