import matplotlib.pyplot as plt
import numpy as np

data = np.arange(20).reshape(4, 5)
fig, ax = plt.subplots()
image = ax.imshow(data, cmap="Blues")
for row in range(4):
    for column in range(5):
        color = "white" if data[row, column] > 13 else "black"
        ax.text(column, row, data[row, column], ha="center", va="center", color=color)
ax.set_xticks(range(5), ["A", "B", "C", "D", "E"])
ax.set_yticks(range(4), ["w", "x", "y", "z"])
fig.colorbar(image)
ax.set_title("Table of counts")
plt.show()
