import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.plot([0, 1, 2, 3, 4, 5], [3, 4, 6, 5, 8, 9], "s-", color="black")
plt.xlim(1.5, 6)  # defect: range
plt.title("Profit")
plt.show()
