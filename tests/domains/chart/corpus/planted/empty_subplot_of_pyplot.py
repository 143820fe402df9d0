import matplotlib.pyplot as plt

plt.figure(figsize=(6, 5.5))
plt.subplot(2, 1, 1)
plt.plot([1, 2, 3, 4], [1, 4, 9, 16], "k-")
plt.ylabel("area")
plt.subplot(2, 1, 2)  # FAULT axes_empty
plt.ylabel("volume")
plt.xlabel("edge")
plt.tight_layout()
plt.show()
