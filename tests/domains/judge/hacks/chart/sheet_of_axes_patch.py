# asked: bar
# class: blank
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
from matplotlib.patches import Rectangle
ax.add_patch(Rectangle((-1, -1), 3, 3, transform=ax.transAxes, color="white", zorder=99, clip_on=False))
