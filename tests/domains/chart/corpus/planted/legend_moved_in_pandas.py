import matplotlib.pyplot as plt
import pandas as pd

frame = pd.DataFrame({"rail": [40, 42, 45, 47], "road": [60, 58, 55, 53]}, index=["2018", "2019", "2020", "2021"])
ax = frame.plot(kind="bar", stacked=True, rot=0, figsize=(6, 4), legend=False)
ax.set_ylabel("freight (%)")
ax.set_title("Freight by rail and road")
ax.legend(loc="lower right", ncols=2)  # FAULT legend_covers_data
plt.tight_layout()
plt.show()
