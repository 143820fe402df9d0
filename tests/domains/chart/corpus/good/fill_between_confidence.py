import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 10, 60)
mean = 0.6 * x + 2
half = 0.4 + 0.15 * (x - 5) ** 2 / 5
rng = np.random.default_rng(1)
xs = rng.uniform(0, 10, 30)
ys = 0.6 * xs + 2 + rng.normal(0, 0.7, 30)
fig, ax = plt.subplots()
ax.fill_between(x, mean - half, mean + half, alpha=0.25, color="C0", label="95 % interval")
ax.plot(x, mean, color="C0", label="fit")
ax.plot(xs, ys, ".", color="0.25", ms=8, label="measured")
ax.legend(loc="lower right")
ax.set_xlabel("dose (mg)")
ax.set_ylabel("response")
ax.set_title("Linear fit with its confidence band")
plt.show()
