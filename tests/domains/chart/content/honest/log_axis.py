# asked: {"kind": "line", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [10, 300, 9000]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
fig, ax = plt.subplots()
ax.plot(c, [10, 300, 9000], "o-")
ax.set_yscale("log")
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
