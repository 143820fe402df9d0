import matplotlib.pyplot as plt

fig, ax = plt.subplots()
bars = ax.bar(["a", "b", "c"], [40, 70, 55], color="gold")
ax.bar_label(bars, label_type="center", color="white", fontsize=12)  # defect: contrast
ax.set_title("Shares")
plt.show()
