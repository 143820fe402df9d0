import matplotlib.pyplot as plt
import numpy as np

days = np.arange(60)
fig, ax = plt.subplots(figsize=(7, 4))
ax.plot(days, 20 + 5 * np.sin(days / 6), color="black")
ax.set_xticks(days)  # defect: ticks
ax.set_xlabel("day")
ax.set_ylabel("degrees")
plt.show()
