# asked: scatter
# class: honest
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
pts = ax.scatter([1, 2, 3, 4, 5], [20, 35, 50, 45, 70])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.set_yscale("log")
ax.set_ylim(10, 100)
ax.set_yticks([10, 20, 50, 100], ["10", "20", "50", "100"])
ax.minorticks_off()
