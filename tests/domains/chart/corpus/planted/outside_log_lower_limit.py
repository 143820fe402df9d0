import matplotlib.pyplot as plt
import numpy as np

x = np.arange(1, 13)
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.semilogy(x, 10.0 ** (-x / 2), "o-", color="#bc4749")
ax.set_xlabel("stage")
ax.set_ylabel("impurity")
ax.set_title("Cleaning in twelve stages")
ax.set_ylim(bottom=1e-3)  # FAULT data_outside
plt.show()
