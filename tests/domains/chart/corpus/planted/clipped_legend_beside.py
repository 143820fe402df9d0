import matplotlib.pyplot as plt
import numpy as np

t = np.linspace(0, 3, 60)
fig, ax = plt.subplots(figsize=(6, 4.8))
for k in (1, 2, 3):
    ax.plot(t, np.exp(-k * t), label=f"rate constant {k} per second")
ax.set_xlabel("t (s)")
ax.set_ylabel("left over")
ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1))  # FAULT text_clipped
plt.savefig("decay.png")
