# asked: scatter
# class: blank
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
pts = ax.scatter([1, 2, 3, 4, 5], [20, 35, 50, 45, 70])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.annotate(".", (3, 45), color="w", zorder=77, annotation_clip=False, bbox=dict(boxstyle="square,pad=60", fc="w", ec="w"))
