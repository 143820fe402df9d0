# asked: {"kind": "bar", "title": "Tea and coffee", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}, {"name": "Coffee", "values": [30, 25, 60]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
b = [30, 25, 60]
fig, ax = plt.subplots()


def draw(k, vals, n, col):
    for i, v in enumerate(vals):
        ax.bar(i + k * 0.4 - 0.2, v, 0.4, color=col, label=n if i == 0 else None)


draw(0, a, "Tea", "teal")
draw(1, b, "Coffee", "brown")
ax.set_xticks(range(3), c)
ax.legend()
ax.set_title("Tea and coffee")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
