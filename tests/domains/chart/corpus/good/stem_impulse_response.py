import matplotlib.pyplot as plt
import numpy as np

n = np.arange(30)
h = 0.9**n * np.cos(0.5 * n)
fig, ax = plt.subplots(figsize=(7, 3.5))
ax.stem(n, h, linefmt="C0-", markerfmt="C0o", basefmt="k-")
ax.set_xlabel("sample")
ax.set_ylabel("amplitude")
ax.set_title("Impulse response")
fig.tight_layout()
plt.show()
