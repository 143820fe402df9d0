# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
# content: extra panel | wrong
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
fig, ax = plt.subplots()
bars = ax.bar(c, a)
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.set_position([0.1, 0.15, 0.4, 0.7])
q = fig.add_axes([0.6, 0.2, 0.3, 0.6], polar=True)
q.plot([0, 1, 2], [1, 2, 3])
