import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.barh(["Rice", "Wheat", "Tea"], [35, 60, 20], color="green")
ax.set_title("Supply")
ax.tick_params(axis="y", labelcolor="lightgray")  # defect: contrast
plt.tight_layout()
plt.show()
