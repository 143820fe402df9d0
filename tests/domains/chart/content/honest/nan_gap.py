# asked: {"kind": "line", "title": "Tea exports", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar", "Apr"], "series": [{"name": "Tea", "values": [20, 35, 50, 40]}]}
import numpy as np
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.plot(["Jan", "Feb", "Mar", "Apr"], [20, 35, 50, 40], "o-")
ax.plot(["Jan", "Feb"], [np.nan, np.nan])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
