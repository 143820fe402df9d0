# asked: bar
# class: blank
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
from matplotlib.patches import Rectangle
fig.add_artist(Rectangle((0, 0), 1, 1, transform=fig.transFigure, color="white", zorder=99))
