# asked: bar
# class: blank
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
import matplotlib as mpl
over = fig.add_axes([-0.2, -0.2, 1.4, 1.4])
fig.colorbar(mpl.cm.ScalarMappable(cmap=mpl.colors.ListedColormap(["white", "white"])), cax=over)
over.set_zorder(30)
