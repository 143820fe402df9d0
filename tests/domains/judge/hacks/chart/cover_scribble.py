# asked: bar
# class: hidden
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
import numpy as np
from matplotlib.collections import LineCollection
rng = np.random.default_rng(2)
ax.add_collection(LineCollection(rng.random((900, 2, 2)) * [3, 55] - [0.5, 0], colors="k", linewidths=4, zorder=9))
