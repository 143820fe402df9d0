import matplotlib.pyplot as plt
import numpy as np

crops = ["cucumber", "tomato", "lettuce", "potato"]
farmers = ["Joe", "Upland", "Smith", "Agri", "Growers"]
harvest = np.array([[0.8, 2.4, 2.5, 3.9, 0.0], [2.4, 0.0, 4.0, 1.0, 2.7], [1.1, 2.4, 0.8, 4.3, 1.9], [0.6, 0.0, 0.3, 0.0, 3.1]])
fig, ax = plt.subplots(figsize=(6.4, 4.6))
im = ax.imshow(harvest, cmap="YlGn")
ax.set_xticks(range(len(farmers)), labels=farmers)
ax.set_yticks(range(len(crops)), labels=crops)
for i in range(len(crops)):
    for j in range(len(farmers)):
        ax.text(j, i, harvest[i, j], ha="center", va="center", color="white" if harvest[i, j] > 3.5 else "black")
ax.set_title("Harvest of local farmers (tons a year)")
fig.tight_layout()
plt.show()
