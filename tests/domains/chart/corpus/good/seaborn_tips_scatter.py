import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

rng = np.random.default_rng(3)
bill = rng.gamma(4, 5, 120)
frame = pd.DataFrame({"bill": bill, "tip": bill * rng.normal(0.16, 0.03, 120), "meal": rng.choice(["lunch", "dinner"], 120)})
sns.set_theme(style="whitegrid")
ax = sns.scatterplot(frame, x="bill", y="tip", hue="meal", style="meal")
ax.set(xlabel="bill (dollars)", ylabel="tip (dollars)", title="Tips at the table")
sns.move_legend(ax, "upper left")
plt.tight_layout()
plt.show()
