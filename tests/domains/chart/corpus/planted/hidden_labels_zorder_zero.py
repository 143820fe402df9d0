import matplotlib.pyplot as plt
import numpy as np

values = np.array([14, 22, 9])
fig, ax = plt.subplots(figsize=(5.5, 4), layout="constrained")
ax.barh(["wool", "silk", "linen"], values, color="#7209b7")
for row, value in enumerate(values):
    ax.text(value / 2, row, f"{value} m", va="center", ha="center", color="white", zorder=0)  # FAULT text_hidden
ax.set_xlabel("sold (m)")
ax.set_title("Cloth sold today")
plt.show()
