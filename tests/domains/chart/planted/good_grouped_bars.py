# asked: {"kind": "bar", "title": "Sales by quarter", "x_label": "Quarter", "y_label": "Euros", "categories": ["Q1", "Q2", "Q3"], "series": [{"name": "North", "values": [35, 50, 20]}, {"name": "South", "values": [25, 40, 60]}]}
import matplotlib.pyplot as plt
import numpy as np

x = np.arange(3)
fig, ax = plt.subplots(figsize=(6, 4))
first = ax.bar(x - 0.2, [35, 50, 20], 0.4, label="North", color="navy")
second = ax.bar(x + 0.2, [25, 40, 60], 0.4, label="South", color="teal")
ax.bar_label(first)
ax.bar_label(second)
ax.set_xticks(x, ["Q1", "Q2", "Q3"])
ax.set_ylim(0, 90)
ax.set_xlabel("Quarter")
ax.set_ylabel("Euros")
ax.set_title("Sales by quarter")
ax.legend(loc="upper left")
plt.savefig("bars.png")
