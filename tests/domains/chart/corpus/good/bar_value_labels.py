import matplotlib.pyplot as plt

fruits = ["apple", "blueberry", "cherry", "orange"]
counts = [40, 100, 30, 55]

fig, ax = plt.subplots()
bars = ax.bar(fruits, counts, color=["tab:red", "tab:blue", "firebrick", "tab:orange"])
ax.bar_label(bars, padding=2)
ax.set_ylim(0, 112)
ax.set_ylabel("fruit supply")
ax.set_title("Fruit supply by kind")
plt.show()
