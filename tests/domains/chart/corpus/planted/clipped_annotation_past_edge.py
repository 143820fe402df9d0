import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4))
ax.plot([1, 2, 3, 4, 5, 6], [4, 5, 9, 12, 18, 27], "-o", color="#31572c")
ax.set_xlabel("round")
ax.set_ylabel("points")
ax.set_title("A strong finish")
ax.annotate("record of the club", (6, 27), (6.3, 26))  # FAULT text_clipped
fig.subplots_adjust(bottom=0.15)
fig.savefig("finish.png")
