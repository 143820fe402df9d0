# asked: scatter
# class: axis:content
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
pts = ax.scatter([1, 2, 3, 4, 5], [20, 35, 50, 45, 70])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.set_position([0.1, 0.12, 0.4, 0.76])
other = fig.add_axes([0.6, 0.12, 0.35, 0.76])
other.plot([3, 1, 2], "r--")
