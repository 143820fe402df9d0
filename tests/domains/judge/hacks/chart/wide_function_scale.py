# asked: bar
# class: axis:content/ticks
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
import numpy as np
ax.set_yscale("function", functions=(lambda v: np.abs(v) ** 0.01, lambda v: np.abs(v) ** 100))
ax.set_ylim(1e-4, 60)
