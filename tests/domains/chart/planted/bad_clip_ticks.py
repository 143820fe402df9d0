import matplotlib.pyplot as plt

cities = ["Amsterdam", "Barcelona", "Copenhagen", "Edinburgh", "Manchester"]
fig, ax = plt.subplots(figsize=(5, 3))
ax.bar(range(5), [30, 55, 20, 45, 60], color="navy")
ax.set_xticks(range(5), cities, rotation=90, fontsize=12)  # defect: clip
ax.set_title("Bicycle orders")
plt.show()
