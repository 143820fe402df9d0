import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

rng = np.random.default_rng(5)
rows = [(k, d, v) for k in ("rest", "walk", "run") for d in ("low fat", "no fat") for v in rng.normal({"rest": 90, "walk": 95, "run": 120}[k], 6, 12)]
frame = pd.DataFrame(rows, columns=["activity", "diet", "pulse"])
grid = sns.catplot(frame, x="activity", y="pulse", col="diet", kind="bar", height=3.6, aspect=1, color="#5a7d9a")
grid.set_axis_labels("", "pulse (1/min)")
grid.set_titles("{col_name}")
grid.tight_layout()
plt.savefig("pulse.png")
