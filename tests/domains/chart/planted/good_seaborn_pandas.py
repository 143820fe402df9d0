import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

frame = pd.DataFrame({"day": ["Mon", "Tue", "Wed"] * 6, "hours": range(18), "shift": ["a", "b"] * 9})
fig, axes = plt.subplots(1, 2, figsize=(10, 4))
sns.boxplot(data=frame, x="day", y="hours", ax=axes[0])
frame.groupby("day")["hours"].mean().plot.bar(ax=axes[1], color="slateblue", rot=0)
axes[0].set_title("Spread")
axes[1].set_title("Means")
fig.tight_layout()
plt.show()
