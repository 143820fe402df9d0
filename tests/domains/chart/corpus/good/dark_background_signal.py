import matplotlib.pyplot as plt
import numpy as np

plt.style.use("dark_background")
L = 6
x = np.linspace(0, L)
fig, ax = plt.subplots()
shift = np.linspace(0, L, 6, endpoint=False)
for s in shift:
    ax.plot(x, np.sin(2 * np.pi * (x + s) / L), "o-", ms=3)
ax.set_xlabel("x (m)")
ax.set_ylabel("y (m)")
ax.set_title("Six phases of one wave")
plt.show()
