import matplotlib.pyplot as plt
import numpy as np

columns = ("Freeze", "Wind", "Flood", "Quake", "Hail")
rows = ["100 years", "20 years"]
data = np.array([[66, 174, 75, 577, 32], [58, 381, 139, 99, 52]])
fig, ax = plt.subplots(figsize=(7.5, 4.5))
ax.bar(columns, data[1], color="#bcbddc", width=0.5)
ax.bar(columns, data[0], bottom=data[1], color="#756bb1", width=0.5)
table = ax.table(cellText=data, rowLabels=rows, rowColours=["#9e9ac8", "#bcbddc"], colLabels=columns, loc="bottom")
table.scale(1, 1.6)
ax.set_xticks([])
ax.set_ylabel("loss (thousands)")
ax.set_title("Loss by disaster")
fig.subplots_adjust(left=0.2, bottom=0.3)
plt.show()
