# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
fig, ax = plt.subplots()


def draw(i, v):
    ax.bar(i, v, color="teal")


for i, v in enumerate(a):
    draw(i, v)
ax.set_xticks(range(3), c)
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
