# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
fig, ax = plt.subplots()
r = ax.barh(c, a)
ax.bar_label(r, padding=3)
ax.set_xticks([])
ax.set_title("Tea exports")
ax.set_xlabel("Tons")
ax.set_ylabel("Month")
