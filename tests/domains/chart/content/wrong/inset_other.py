# asked: {"kind": "line", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
# content: extra panel | wrong
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
fig, ax = plt.subplots()
ax.plot(c, a)
i = ax.inset_axes([0.1, 0.6, 0.3, 0.3])
i.plot([1, 2, 3], [7, 1, 9])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
