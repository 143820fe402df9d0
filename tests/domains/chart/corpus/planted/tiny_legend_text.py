import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 4, 50)
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot(x, x, label="linear law")
ax.plot(x, x**1.5, label="law with exponent 3/2")
ax.set_xlabel("x")
ax.set_ylabel("y")
ax.legend(loc="upper left", fontsize=4)  # FAULT text_tiny
plt.savefig("laws.png")
