import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

hours = np.arange(24)
frame = pd.DataFrame({"visits": 20 + 60 * np.exp(-((hours - 13) ** 2) / 18), "orders": 5 + 15 * np.exp(-((hours - 15) ** 2) / 18)}, index=hours)
ax = frame.plot.area(stacked=False, alpha=0.5, figsize=(6.5, 3.8))
ax.set_xlabel("hour")
ax.set_ylabel("a minute")
ax.set_title("Visits and orders through the day")
plt.tight_layout()
plt.show()
