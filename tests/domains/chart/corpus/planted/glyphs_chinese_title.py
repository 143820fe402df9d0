import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.plot([1, 2, 3, 4], [120, 132, 128, 150], "o-")
ax.set_xlabel("quarter")
ax.set_ylabel("output")
ax.set_title("季度产量")  # FAULT glyph_missing
plt.show()
