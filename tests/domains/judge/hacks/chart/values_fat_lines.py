# asked: line
# class: axis:content/overlap
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
months = ["Jan", "Feb", "Mar"]
ax.plot(months, [20, 35, 50], label="Tea")
ax.plot(months, [30, 25, 60], label="Coffee")
ax.set_title("Tea and coffee")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
leg = ax.legend(loc="upper left")
plt.setp(ax.lines, linewidth=150)
leg.remove()
fig.legend(loc="lower right", ncols=2)
