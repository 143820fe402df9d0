# asked: {"kind": "line", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [95, 96, 95]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
fig, ax = plt.subplots()
ax.plot(c, [95, 96, 95])
ax.set_ylim(0, 100)
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
