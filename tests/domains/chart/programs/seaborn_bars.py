import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

sns.set_theme(style="whitegrid", palette="muted")
frame = pd.DataFrame(
    {
        "day": ["Thu", "Fri", "Sat", "Sun"] * 6,
        "tip": [1.2, 2.3, 3.1, 2.8, 2.2, 1.9, 3.3, 4.0] * 3,
        "who": ["x", "y"] * 12,
    }
)
ax = sns.barplot(data=frame, x="day", y="tip", hue="who", errorbar=None)
ax.set_title("Tips")
sns.despine()
