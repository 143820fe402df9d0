import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 10, 60)
fig, ax = plt.subplots(figsize=(7, 4))
ax.plot(x, np.sin(x), color="navy")
ax.set_ylim(-1.5, 1.5)
ax.text(4.0, 1.2, "first maximum of the wave")
ax.text(5.0, 1.22, "seen again after a full turn")  # defect: overlap
plt.savefig("waves.png")
