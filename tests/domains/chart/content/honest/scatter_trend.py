# asked: {"kind": "scatter", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "series": [{"name": "Tea", "values": [20, 35, 50, 45, 70]}]}
import numpy as np
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
x = np.arange(1, 6)
y = np.array([20, 35, 50, 45, 70])
ax.scatter(x, y)
k = np.polyfit(x, y, 1)
xx = np.linspace(1, 5, 50)
ax.plot(xx, np.polyval(k, xx), "r--")
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
