import matplotlib.pyplot as plt
import numpy as np

steps = np.arange(1, 201)
fig, ax = plt.subplots(figsize=(6, 4))
for rate, style in ((0.97, "-"), (0.94, "--"), (0.9, "-.")):
    ax.semilogy(steps, np.maximum(rate**steps, 1e-7), style, label=rf"$\rho = {rate}$")
ax.set_xlabel("iteration")
ax.set_ylabel("relative error")
ax.set_title("Convergence of three solvers")
ax.legend(loc="lower left")
ax.grid(True, which="major", alpha=0.3)
fig.tight_layout()
plt.show()
