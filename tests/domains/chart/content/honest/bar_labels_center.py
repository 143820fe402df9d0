# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
fig, ax = plt.subplots()
r = ax.bar(c, a, color="navy")
ax.bar_label(r, label_type="center", color="w")
ax.yaxis.set_visible(True)
ax.set_yticks([])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
