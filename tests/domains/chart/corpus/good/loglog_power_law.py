import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(6)
mass = 10 ** rng.uniform(-1, 4, 60)
rate = 3.4 * mass**0.75 * 10 ** rng.normal(0, 0.12, 60)
fig, ax = plt.subplots(figsize=(5.5, 5))
ax.loglog(mass, rate, "o", mfc="none", color="black")
line = np.array([0.1, 1e4])
ax.loglog(line, 3.4 * line**0.75, color="red")
ax.text(20, 6, "slope 3/4", fontsize=12)
ax.set_xlabel("body mass (kg)")
ax.set_ylabel("metabolic rate (W)")
ax.set_title("Kleiber's law")
plt.show()
