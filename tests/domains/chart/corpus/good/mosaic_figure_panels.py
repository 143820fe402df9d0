import matplotlib.pyplot as plt
import numpy as np

fig, axd = plt.subplot_mosaic([["A", "A", "B"], ["C", "D", "B"]], figsize=(9, 5.5), layout="constrained")
x = np.linspace(0, 1, 100)
axd["A"].plot(x, np.sin(12 * x) * np.exp(-2 * x))
axd["A"].set_ylabel("signal")
axd["B"].plot(x**2, x, "C1")
axd["B"].set_xlabel("load")
axd["C"].scatter(x[::5], (x**3)[::5], color="C2")
axd["D"].bar([1, 2, 3], [5, 3, 4], color="C4")
for name, ax in axd.items():
    ax.set_title(name, loc="left", fontweight="bold")
plt.show()
