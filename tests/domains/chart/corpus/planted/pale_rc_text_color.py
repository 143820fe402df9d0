import matplotlib.pyplot as plt

plt.rcParams["axes.labelcolor"] = "#cfcfcf"  # FAULT text_contrast
fig, ax = plt.subplots(figsize=(6, 4))
ax.plot([0, 1, 2, 3], [0, 1, 4, 9], color="#b5179e")
ax.set_xlabel("speed (m/s)")
ax.set_ylabel("drag (N)")
ax.set_title("Drag grows with the square")
fig.tight_layout()
plt.show()
