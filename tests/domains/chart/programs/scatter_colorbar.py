import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(3)
x, y = rng.normal(size=(2, 150))
plt.figure(figsize=(6, 5), dpi=110)
points = plt.scatter(x, y, c=x * y, s=20 + 60 * rng.random(150), alpha=0.7, cmap="viridis")
bar = plt.colorbar(points, label="product")
plt.title("Random cloud")
plt.xlim(-2, 2)
