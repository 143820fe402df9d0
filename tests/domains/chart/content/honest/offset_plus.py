# asked: {"kind": "line", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [100020, 100035, 100050]}]}
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
plt.rcParams["axes.formatter.useoffset"] = True
fig, ax = plt.subplots()
ax.plot(c, [100020, 100035, 100050])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
