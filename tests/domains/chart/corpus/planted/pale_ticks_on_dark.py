import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained", facecolor="#0b132b")
ax.set_facecolor("#0b132b")
ax.plot([1, 2, 3, 4, 5], [3, 5, 4, 7, 9], color="#5bc0be", lw=2)
ax.set_title("Load of the server", color="white")
for spine in ax.spines.values():
    spine.set_edgecolor("#3a506b")
ax.tick_params(colors="#22304f")  # FAULT text_contrast
plt.savefig("load.png")
