import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot([1, 2, 3, 4, 5], [2, 4, 3, 6, 8], color="midnightblue", lw=2)
ax.set_xlabel("week")
ax.set_ylabel("sales")
ax.set_title("Sales of the kiosk")
ax.set_facecolor("#1b1b6e")  # FAULT data_contrast (also axes_empty)
plt.show()
