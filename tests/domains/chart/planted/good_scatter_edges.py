import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.scatter([1, 2, 3], [3, 1, 2], facecolor="white", edgecolor="black", s=80)
ax.bar([1, 2, 3], [0.8, 0.5, 0.6], color="white", edgecolor="black", hatch="//")
ax.plot([1, 3], [2.5, 2.8], color="tab:cyan", linewidth=3)
ax.set_title("Open marks")
plt.show()
