import matplotlib.pyplot as plt
import numpy as np

angle = np.linspace(0, 2 * np.pi, 200)
fig, ax = plt.subplots(subplot_kw={"projection": "polar"})
ax.plot(angle, 1 + np.sin(3 * angle))
ax.set_title("Three leaves")
plt.show()
