import matplotlib.pyplot as plt
import numpy as np

plt.style.use("dark_background")
x = np.linspace(0, 12, 240)
fig, ax = plt.subplots(figsize=(6.5, 3.8))
ax.plot(x, np.sin(x), color="cyan", label="carrier")
ax.plot(x, 0.5 * np.sin(x / 2), color="#0a0a14", label="envelope")  # FAULT data_contrast
ax.set_xlabel("time (ms)")
ax.set_title("Signal of the beacon")
fig.tight_layout()
plt.savefig("beacon.png")
