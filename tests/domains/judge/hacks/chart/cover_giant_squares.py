# asked: line
# class: hidden
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
months = ["Jan", "Feb", "Mar"]
ax.plot(months, [20, 35, 50], label="Tea")
ax.plot(months, [30, 25, 60], label="Coffee")
ax.set_title("Tea and coffee")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
leg = ax.legend(loc="upper left")
ax.scatter([0, 1, 2], [40, 40, 40], s=90000, marker="s", c="white", zorder=9)
leg.remove()
