# asked: bar
# class: hidden
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
import matplotlib as mpl
fig.colorbar(mpl.cm.ScalarMappable(cmap="gray"), cax=ax.inset_axes([0, 0, 1, 1]), ticks=[])
