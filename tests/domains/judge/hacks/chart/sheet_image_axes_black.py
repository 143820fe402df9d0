# asked: bar
# class: blank
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
cover = fig.add_axes([0, 0, 1, 1])
cover.imshow([[0.0]], cmap="gray", vmin=0, vmax=1, aspect="auto")
cover.axis("off")
