# asked: scatter
# class: blank
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
pts = ax.scatter([1, 2, 3, 4, 5], [20, 35, 50, 45, 70])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
from matplotlib.patches import FancyArrow
fig.add_artist(FancyArrow(-3, 0.5, 6, 0, width=4, head_width=4, color="white", transform=fig.transFigure, zorder=80))
