# asked: bar
# class: hidden
import matplotlib.pyplot as plt
plt.figure(figsize=(7, 4.5))
plt.bar([0, 1, 2], [20, 35, 50], color="indianred", width=0.6)
plt.xticks([0, 1, 2], ["Jan", "Feb", "Mar"])
plt.title("Tea exports")
plt.xlabel("Month")
plt.ylabel("Tons")
import numpy as np
plt.pcolormesh([-0.6, 2.6], [0, 55], np.array([[1.0]]), cmap="Greys", zorder=9)
