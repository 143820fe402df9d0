import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 10, 1500)
fig, ax = plt.subplots()
ax.plot(x, np.sin(x**2))
inset = ax.inset_axes([0.6, 0.6, 0.35, 0.35])
inset.plot(x, np.sin(x**2))
inset.set_xlim(1, 2)
ax.indicate_inset_zoom(inset)
