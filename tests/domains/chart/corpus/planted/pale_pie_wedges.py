import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(5.5, 4.2), layout="constrained")
wedges, texts = ax.pie([50, 30, 20], labels=["oak", "beech", "pine"], colors=["#606c38", "#dda15e", "#fffffc"], explode=(0, 0, 0.2))  # FAULT data_contrast
ax.set_title("Trees of the estate")
plt.show()
