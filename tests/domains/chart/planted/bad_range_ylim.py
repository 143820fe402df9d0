import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.bar(["Spring", "Summer", "Autumn"], [40, 75, 55], color="teal")
ax.set_ylabel("Liters")
ax.set_ylim(0, 60)  # defect: range
ax.set_title("Usage")
plt.show()
