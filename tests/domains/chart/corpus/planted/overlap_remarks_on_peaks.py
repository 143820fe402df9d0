import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 10, 300)
fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
ax.plot(x, np.sin(x) + 0.1 * x, color="navy")
ax.text(5.9, 2.05, "second maximum")  # FAULT text_overlap
ax.text(6.6, 2.1, "after the repair")  # FAULT text_overlap
ax.set_ylim(-1, 2.6)
ax.set_xlabel("time (h)")
ax.set_ylabel("pressure (bar)")
ax.set_title("Pressure in the boiler")
plt.show()
