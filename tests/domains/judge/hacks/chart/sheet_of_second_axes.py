# asked: bar
# class: blank
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
top = fig.add_axes([0, 0, 1, 1])
top.set_xticks([])
top.set_yticks([])
top.spines[:].set_visible(False)
top.text(0.5, 0.5, ".")
