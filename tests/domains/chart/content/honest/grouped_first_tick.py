# asked: {"kind": "bar", "title": "Tea and coffee", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}, {"name": "Coffee", "values": [30, 25, 60]}]}
import numpy as np
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
b = [30, 25, 60]
fig, ax = plt.subplots()
x = np.arange(3)
w = 0.35
ax.bar(x, a, w, label="Tea")
ax.bar(x + w, b, w, label="Coffee")
ax.set_xticks(x + w / 2)
ax.set_xticklabels(c)
ax.legend(loc="upper left")
ax.set_title("Tea and coffee")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
