import matplotlib.pyplot as plt

values = [12, 30, 21]
fig, ax = plt.subplots()
ax.bar(range(3), values, color="navy")
ax.set_xticks(range(3), ["ä", "ö", "ü"])
ax.set_ylim(0, 40)
notes = [ax.text(i, v + 1, f"{v} Stück", fontsize=5, ha="center") for i, v in enumerate(values)]  # defect: tiny
plt.show()
