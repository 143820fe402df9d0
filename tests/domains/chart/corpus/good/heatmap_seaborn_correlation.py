import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

rng = np.random.default_rng(33)
frame = pd.DataFrame(rng.normal(size=(100, 5)), columns=list("ABCDE"))
frame["B"] += frame["A"]
frame["E"] -= frame["C"]
fig, ax = plt.subplots(figsize=(6, 5))
sns.heatmap(frame.corr(), vmin=-1, vmax=1, cmap="RdBu", annot=True, fmt=".2f", linewidths=0.5, ax=ax)
ax.set_title("Correlation of five sensors")
plt.tight_layout()
plt.savefig("corr.png", bbox_inches="tight")
