import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

rng = np.random.default_rng(30)
frame = pd.DataFrame({"planet": np.repeat(["transit", "imaging", "radial"], 40), "distance": np.concatenate([rng.gamma(m, 4, 40) for m in (6, 3, 9)])})
fig, ax = plt.subplots(figsize=(7, 4))
sns.boxplot(frame, x="distance", y="planet", color="#cfe8f3", fliersize=0, ax=ax)
sns.stripplot(frame, x="distance", y="planet", size=3.5, color="#333333", ax=ax)
ax.set_xlabel("distance (pc)")
ax.set_ylabel("")
ax.set_title("How planets were found")
sns.despine(trim=False)
fig.tight_layout()
plt.show()
