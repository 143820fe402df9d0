import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7, 3))
ax.step(range(10), [1, 1, 2, 4, 4, 3, 3, 2, 2, 1], where="mid", color="black")
ax.set_ylabel("level")
ax.set_title("Level of the lock")
ax.set_xlabel("time since the gate was opened (min)", labelpad=14)  # FAULT text_clipped
fig.savefig("lock.png")
