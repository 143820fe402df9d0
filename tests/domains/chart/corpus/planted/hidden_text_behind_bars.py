import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.bar(["red", "green", "blue"], [30, 42, 25], color="#5e548e", width=0.95, zorder=3)
ax.text(0.6, 22, "mean of last year", fontsize=12, zorder=1)  # FAULT text_hidden
ax.set_ylabel("votes")
ax.set_title("Votes for three colours")
plt.show()
