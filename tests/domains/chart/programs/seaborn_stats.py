import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

sns.set_theme(context="talk", style="darkgrid")
rng = np.random.default_rng(9)
frame = pd.DataFrame({"x": rng.normal(size=60), "y": rng.normal(size=60), "kind": ["a", "b"] * 30})
fig, axs = plt.subplots(2, 2, figsize=(10, 8))
sns.violinplot(data=frame, x="kind", y="x", ax=axs[0, 0], inner="quart")
sns.kdeplot(data=frame, x="x", y="y", fill=True, ax=axs[0, 1])
sns.stripplot(data=frame, x="kind", y="y", hue="kind", ax=axs[1, 0])
sns.lineplot(data=frame.assign(t=np.repeat(range(6), 10)), x="t", y="y", errorbar=None, ax=axs[1, 1])
plt.tight_layout()
