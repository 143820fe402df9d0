import matplotlib.pyplot as plt
import numpy as np

days = [f"{d:02d} March" for d in range(1, 29)]
rng = np.random.default_rng(40)
fig, ax = plt.subplots(figsize=(7, 4))
ax.plot(range(28), rng.integers(20, 60, 28), color="#bb3e03")
ax.set_xticks(range(28), days)  # FAULT ticks_crowded
ax.set_ylabel("calls")
ax.set_title("Calls to the office")
fig.tight_layout()
plt.show()
