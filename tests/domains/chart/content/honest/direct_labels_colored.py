# asked: {"kind": "line", "title": "Tea and coffee", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}, {"name": "Coffee", "values": [30, 25, 60]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
b = [30, 25, 60]
fig, ax = plt.subplots()
(l,) = ax.plot(c, a, color="navy")
(k,) = ax.plot(c, b, color="darkred")
ax.annotate(
    "Tea", (2, 50), xytext=(5, 0), textcoords="offset points", color=l.get_color(), va="center"
)
ax.annotate(
    "Coffee", (2, 60), xytext=(5, 0), textcoords="offset points", color=k.get_color(), va="center"
)
fig.subplots_adjust(right=0.85)
ax.set_title("Tea and coffee")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
