# asked: bar
# class: hidden
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.fill_between([-1, 3], 0, 100, color="k", zorder=9)
ax.set_ylim(0, 55)
