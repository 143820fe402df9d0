import matplotlib.pyplot as plt
import numpy as np

with plt.xkcd():
    fig, ax = plt.subplots()
    ax.plot([0, 1, 2], [0, 2, 1])
    ax.set_title("Sketchy")
    ax.scatter(np.arange(5) / 2, np.arange(5) / 3, rasterized=True)
    fig.canvas.draw()
