import matplotlib.pyplot as plt

fig, (ax, spare) = plt.subplots(1, 2, figsize=(9, 4))  # defect: empty
ax.plot([1, 2, 3], [20, 60, 40], color="maroon", label="Actual")
ax.set_title("Cinema bookings", fontsize=5)  # defect: tiny
ax.set_xlabel("Week", color="silver")  # defect: contrast
plt.show()
