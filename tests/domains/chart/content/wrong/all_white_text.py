# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
# content: title missing | hidden
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
fig, ax = plt.subplots()
bars = ax.bar(c, a)
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
for t in [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_yticklabels()]:
    t.set_color("w")
