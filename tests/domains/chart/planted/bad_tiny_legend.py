import matplotlib.pyplot as plt

plt.plot([0, 1, 2], [1, 3, 2], label="before")
plt.plot([0, 1, 2], [2, 1, 4], label="after")
plt.ylim(0, 6)
plt.legend(loc="upper left", fontsize=5)  # defect: tiny
plt.title("Reform")
plt.show()
