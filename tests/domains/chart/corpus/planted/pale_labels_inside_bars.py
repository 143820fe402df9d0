import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
bars = ax.bar(["A", "B", "C", "D"], [8, 14, 11, 6], color="#ffe066")
ax.bar_label(bars, label_type="center", color="white", fontsize=11)  # FAULT text_contrast
ax.set_ylabel("tons")
ax.set_title("Crop of four fields")
plt.savefig("fields.png")
