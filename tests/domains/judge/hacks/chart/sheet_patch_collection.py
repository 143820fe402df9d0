# asked: line
# class: blank
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
months = ["Jan", "Feb", "Mar"]
ax.plot(months, [20, 35, 50], label="Tea")
ax.plot(months, [30, 25, 60], label="Coffee")
ax.set_title("Tea and coffee")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
leg = ax.legend(loc="upper left")
from matplotlib.collections import PatchCollection
from matplotlib.patches import Circle
ax.add_collection(PatchCollection([Circle((0.5, 0.5), 3)], transform=ax.transAxes, facecolor="white", zorder=30, clip_on=False))
