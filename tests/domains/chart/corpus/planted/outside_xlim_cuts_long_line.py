import matplotlib.pyplot as plt
import numpy as np

x = np.arange(3000)
fig, ax = plt.subplots(figsize=(7, 3.6))
ax.plot(x, np.sin(x / 120) * x / 500, color="#4a4e69")
ax.set_xlabel("sample")
ax.set_ylabel("amplitude")
ax.set_title("Record of the geophone")
ax.set_xlim(0, 900)  # FAULT data_outside
fig.tight_layout()
plt.show()
