import matplotlib.pyplot as plt

shares = {"rent": 40, "food": 22, "travel": 13, "savings": 25}
fig, ax = plt.subplots(figsize=(6.5, 4))
wedges, _ = ax.pie(shares.values(), wedgeprops={"width": 0.38, "edgecolor": "w"}, startangle=90, counterclock=False, colors=["#264653", "#2a9d8f", "#e9c46a", "#e76f51"])
ax.text(0, 0, "2,400 €", ha="center", va="center", fontsize=15)
ax.legend(wedges, [f"{k} {v} %" for k, v in shares.items()], loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
ax.set_title("Where the money goes")
fig.tight_layout()
plt.savefig("donut.png")
