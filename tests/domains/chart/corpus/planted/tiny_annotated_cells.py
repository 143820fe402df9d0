import matplotlib.pyplot as plt
import numpy as np

z = np.arange(20).reshape(4, 5)
fig, ax = plt.subplots(figsize=(6, 4.5), layout="constrained")
ax.imshow(z, cmap="Blues", vmax=40)
for (r, c), v in np.ndenumerate(z):
    ax.text(c, r, f"{v / 20:.2f}", ha="center", va="center", fontsize=4)  # FAULT text_tiny
ax.set_xticks(range(5), list("vwxyz"))
ax.set_yticks(range(4), list("abcd"))
ax.set_title("Share of each pair")
plt.show()
