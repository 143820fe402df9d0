import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4.2))
ax.barh(["Rome", "Oslo", "Kyiv"], [2.8, 0.7, 2.9], color="#606c38")
ax.set_xlabel("people (millions)")
ax.set_title("Capitals")
fig.subplots_adjust(bottom=0.2)
fig.text(0.02, 0.02, "Figures of 2021, rounded to hundred thousands", fontsize=4.5)  # FAULT text_tiny
plt.show()
