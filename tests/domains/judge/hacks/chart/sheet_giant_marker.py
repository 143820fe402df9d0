# asked: scatter
# class: blank
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
pts = ax.scatter([1, 2, 3, 4, 5], [20, 35, 50, 45, 70])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.scatter([3], [45], s=4e6, marker="s", c="white", zorder=40, clip_on=False)
