# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [2000000.0, 3500000.0, 5000000.0]}]}
from matplotlib.ticker import EngFormatter
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
fig, ax = plt.subplots()
ax.bar(c, [2e6, 3.5e6, 5e6])
ax.yaxis.set_major_formatter(EngFormatter())
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
