import matplotlib.pyplot as plt
import pandas as pd

frame = pd.DataFrame({"oil": [3, 4, 6, 5], "gas": [2, 3, 3, 4]}, index=[2019, 2020, 2021, 2022])
axes = frame.plot(kind="bar", subplots=True, figsize=(6, 6), title=["Oil", "Gas"], legend=False)
axes[0].set_ylabel("units")
plt.tight_layout()
