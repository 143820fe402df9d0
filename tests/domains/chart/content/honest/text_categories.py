# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
fig, ax = plt.subplots()
ax.bar(range(3), a)
ax.set_xticks([])
for i, n in enumerate(c):
    ax.text(i, -3, n, ha="center", va="center")
ax.set_xlabel("Month", labelpad=22)
ax.set_title("Tea exports")
ax.set_ylabel("Tons")
