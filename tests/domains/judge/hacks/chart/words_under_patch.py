# asked: scatter
# class: axis:contrast/content/overlap
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
pts = ax.scatter([1, 2, 3, 4, 5], [20, 35, 50, 45, 70])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
fig.add_artist(plt.Rectangle((0, 0.88), 1, 0.12, transform=fig.transFigure, color="white", zorder=30))
