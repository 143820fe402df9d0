# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [0.2, 0.35, 0.5]}]}
from matplotlib.ticker import PercentFormatter
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
fig, ax = plt.subplots()
ax.bar(c, [0.2, 0.35, 0.5])
ax.yaxis.set_major_formatter(PercentFormatter(1))
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
