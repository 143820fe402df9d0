import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

rng = np.random.default_rng(8)
frame = pd.DataFrame({"x": rng.normal(size=60), "y": rng.normal(size=60), "kind": ["a", "b"] * 30})
grid = sns.relplot(data=frame, x="x", y="y", hue="kind", col="kind", height=3)
grid.set_titles("{col_name} kind")
