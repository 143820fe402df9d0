# asked: {"kind": "bar", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}]}
# content: extra marks | wrong
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
fig, ax = plt.subplots()
bars = ax.bar(c, a)
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.pie([1, 2, 3], radius=0.3, center=(0, 40), frame=True)
ax.set_xlim(-0.6, 2.6)
ax.set_ylim(0, 53)
ax.set_aspect("auto")
ax.set_xticks(range(3), c)
ax.set_yticks([0, 10, 20, 30, 40, 50])
