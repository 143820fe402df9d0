# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
# content: y label missing | hidden
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
fig, ax = plt.subplots()
ax.bar(c, [10, 10, 10])
ax.set_yticks([10], ["20, 35, 50"])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
