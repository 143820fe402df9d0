import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(13)
fig, ax = plt.subplots()
for name, at in (("setosa", (5, 3.4)), ("virginica", (6.6, 3.0))):
    ax.scatter(*rng.normal(at, 0.3, (50, 2)).T, label=name)
ax.set_xlabel("sepal length (cm)")
ax.set_ylabel("sepal width (cm)")
ax.set_title("Two irises")
ax.legend(loc="center right", fontsize=12, markerscale=1.5)  # FAULT legend_covers_data
plt.savefig("iris.png")
