# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
b = [30, 25, 60]
fig, ax = plt.subplots()
ax.bar(c, a, color=["r", "g", "b"], edgecolor="k")
fig.subplots_adjust(bottom=0.2, left=0.2)
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
