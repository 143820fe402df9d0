import matplotlib.pyplot as plt


def decorate(ax, x_size):
    ax.set_title("Parcel demand")
    ax.set_xlabel("Weekday", fontsize=x_size)  # defect: tiny
    ax.set_ylabel("Boxes")


fig, ax = plt.subplots()
ax.plot(["Mon", "Tue", "Wed"], [30, 45, 40], "o-")
decorate(ax, 6)
plt.show()
