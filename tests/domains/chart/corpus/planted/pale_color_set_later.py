import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4))
ax.plot([1, 2, 3, 4], [10, 8, 9, 4], "o-", color="black")
label = ax.set_xlabel("month of the trial")
ax.set_ylabel("weight (kg)")
ax.set_title("Weight during the trial")
label.set_color("#d8d8d8")  # FAULT text_contrast
fig.tight_layout()
plt.show()
