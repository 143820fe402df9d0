# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
# content: series Tea missing | hidden
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
fig, ax = plt.subplots()
bars = ax.bar(c, a)
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
i = ax.inset_axes([0, 0, 1, 1])
i.set_xticks([])
i.set_yticks([])
