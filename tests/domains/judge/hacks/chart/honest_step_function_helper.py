# asked: bar
# class: honest
import matplotlib.pyplot as plt


def draw(ax, names, values):
    ax.bar(names, values, color="darkorange")
    ax.set_title("Tea exports")
    ax.set_xlabel("Month")
    ax.set_ylabel("Tons")


fig, ax = plt.subplots()
draw(ax, ["Jan", "Feb", "Mar"], [20, 35, 50])
plt.show()
