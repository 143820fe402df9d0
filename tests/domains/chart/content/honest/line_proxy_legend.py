# asked: {"kind": "scatter", "title": "Tea and coffee", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}, {"name": "Coffee", "values": [30, 25, 60]}]}
from matplotlib.lines import Line2D
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
b = [30, 25, 60]
fig, ax = plt.subplots()
ax.scatter(c, a, color="navy")
ax.scatter(c, b, color="orange")
ax.legend(
    handles=[
        Line2D([], [], color="navy", label="Tea"),
        Line2D([], [], color="orange", label="Coffee"),
    ]
)
ax.set_title("Tea and coffee")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
