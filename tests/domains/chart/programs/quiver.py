import matplotlib.pyplot as plt
import numpy as np

x, y = np.meshgrid(np.arange(0, 5), np.arange(0, 4))
fig, (a, b) = plt.subplots(1, 2)
q = a.quiver(x, y, np.cos(x), np.sin(y))
a.quiverkey(q, 0.8, 1.05, 1, "1 m/s")
b.streamplot(np.arange(5.0), np.arange(4.0), np.ones((4, 5)), x / 4 - 0.5, color="g")
