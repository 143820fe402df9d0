# asked: {"kind": "bar", "title": "Tea and coffee", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}, {"name": "Coffee", "values": [30, 25, 60]}]}
import numpy as np
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
b = [30, 25, 60]
fig, ax = plt.subplots()
x = np.arange(3)
ax.bar(x - 0.2, a, 0.4, color="w", edgecolor="k", hatch="//", label="Tea")
ax.bar(x + 0.2, b, 0.4, color="w", edgecolor="k", hatch="..", label="Coffee")
ax.set_xticks(x, c)
ax.legend()
ax.set_title("Tea and coffee")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
