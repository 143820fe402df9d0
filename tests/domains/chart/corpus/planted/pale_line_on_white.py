import matplotlib.pyplot as plt
import numpy as np

t = np.linspace(0, 10, 200)
fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
ax.plot(t, np.exp(-t / 3), color="#1d3557", label="model")
ax.plot(t, np.exp(-t / 5), color="#fdfdf5", lw=2, label="measured")  # FAULT data_contrast
ax.set_xlabel("time (s)")
ax.set_ylabel("charge")
ax.set_title("Discharge of the capacitor")
ax.legend()
plt.show()
