# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20000, 35000, 50000]}]}
from matplotlib.ticker import FuncFormatter
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
fig, ax = plt.subplots()
ax.bar(c, a)
ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0f}k"))
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
