# asked: {"kind": "line", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
fig, ax = plt.subplots()
ax.plot(c, a, "o-")
i = ax.inset_axes([0.1, 0.6, 0.3, 0.3])
i.plot(c, a, "o-")
i.set_xlim(0.9, 1.1)
i.set_ylim(34, 36)
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
