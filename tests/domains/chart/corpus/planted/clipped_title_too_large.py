import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 1, 50)
fig, ax = plt.subplots(figsize=(5, 4))
ax.plot(x, x**2, label="square")
ax.plot(x, x**3, label="cube")
ax.legend()
ax.set_xlabel("x")
ax.set_title("Powers of x compared on the unit interval", fontsize=20)  # FAULT text_clipped
plt.savefig("powers.png")
