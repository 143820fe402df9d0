import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(0)
mu, sigma = 106, 17
x = rng.normal(mu, sigma, 420)
fig, ax = plt.subplots()
n, bins, patches = ax.hist(x, 30, density=True, color="lightsteelblue", edgecolor="white")
y = np.exp(-0.5 * ((bins - mu) / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma)
ax.plot(bins, y, "--", color="darkred")
ax.set_xlabel("Value")
ax.set_ylabel("Probability density")
ax.set_title(r"Histogram of normal sample: $\mu=106$, $\sigma=17$")
fig.tight_layout()
plt.show()
