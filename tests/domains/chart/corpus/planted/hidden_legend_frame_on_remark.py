import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot([1, 2, 3, 4], [2, 3, 5, 8], label="with pump")
ax.plot([1, 2, 3, 4], [1, 2, 2, 3], label="without")
ax.text(1.05, 7.3, "test of 12 May", fontsize=10)
ax.set_xlabel("hour")
ax.set_ylabel("litres")
ax.legend(loc="upper left", framealpha=1)  # FAULT text_hidden
plt.savefig("pump.png")
