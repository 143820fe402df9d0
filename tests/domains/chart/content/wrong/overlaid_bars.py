# asked: {"kind": "bar", "title": "Tea and coffee", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}, {"name": "Coffee", "values": [30, 25, 60]}]}
# content: series Tea missing | hidden
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
b = [30, 25, 60]
fig, ax = plt.subplots()
ax.bar(c, a, label="Tea")
ax.bar(c, b, label="Coffee", zorder=5)
ax.legend(loc="upper left")
ax.set_title("Tea and coffee")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
