import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

index = pd.date_range("2018-01-01", periods=48, freq="MS")
rng = np.random.default_rng(9)
sales = pd.Series(120 + 30 * np.sin(np.arange(48) * np.pi / 6) + np.arange(48) + rng.normal(0, 6, 48), index=index)
ax = sales.plot(figsize=(8, 3.8), label="month", color="C0")
sales.rolling(12).mean().plot(ax=ax, label="mean of 12 months", color="k", lw=2)
ax.set_ylabel("ice cream sold (tons)")
ax.set_xlabel("")
ax.set_title("Ice cream sold each month")
ax.legend(loc="lower right")
plt.tight_layout()
plt.show()
