import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.pie([40, 30, 20, 10], labels=["Tea", "Rice", "Wheat", "Fish"], colors=["gold", "skyblue", "pink", "tan"], autopct="%d%%")
ax.set_title("Exports")
plt.show()
