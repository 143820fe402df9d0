import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

rng = np.random.default_rng(27)
hours = rng.uniform(0, 10, 50)
marks = 40 + 5 * hours + rng.normal(0, 7, 50)
fig, ax = plt.subplots(figsize=(5.8, 4.2))
sns.regplot(x=hours, y=marks, ax=ax, scatter_kws={"s": 22}, line_kws={"color": "firebrick"})
ax.set_xlabel("hours of study")
ax.set_ylabel("mark")
ax.set_title("Study and marks")
plt.tight_layout()
plt.show()
