import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(-2, 2, 40)
xx, yy = np.meshgrid(x, x)
fig, (a, b) = plt.subplots(1, 2, figsize=(10, 4))
filled = a.contourf(xx, yy, xx**2 - yy**2, cmap="RdBu")
fig.colorbar(filled, ax=a)
b.stackplot(range(5), [1, 2, 3, 2, 1], [2, 2, 1, 2, 2], labels=["low", "high"])
b.set_ylim(0, 7)
b.legend(loc="upper left")
a.set_title("Saddle")
b.set_title("Layers")
plt.show()
