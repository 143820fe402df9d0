import matplotlib.pyplot as plt
import numpy as np

y, x = np.mgrid[-3:3:128j, -3:3:128j]
field = (1 - x / 2 + x**5 + y**3) * np.exp(-(x**2) - y**2)
plt.figure(figsize=(5.5, 4.5))
plt.imshow(field, origin="lower", extent=(-3, 3, -3, 3), cmap="viridis", interpolation="bilinear")
plt.colorbar(shrink=0.85, label="height")
plt.xlabel("x (km)")
plt.ylabel("y (km)")
plt.title("A wave over the plain")
plt.show()
