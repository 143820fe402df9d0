import matplotlib.pyplot as plt
import numpy as np

theta = np.linspace(0, 2 * np.pi, 9)
ax = plt.subplot(projection="polar")
ax.plot(theta, [4, 3, 5, 2, 4, 3, 1, 2, 4], "o-")
ax.fill(theta, [4, 3, 5, 2, 4, 3, 1, 2, 4], alpha=0.25)
ax.set_rmax(4)
ax.set_title("Radar")
