import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

rng = np.random.default_rng(10)
index = pd.date_range("2024-01-01", periods=40, freq="D")
frame = pd.DataFrame(rng.random((40, 3)), index=index, columns=["a", "b", "c"])
fig, axs = plt.subplots(2, 2, figsize=(9, 7))
frame.plot.area(ax=axs[0, 0], alpha=0.6)
frame["a"].plot(ax=axs[0, 1], secondary_y=True, style="g--", legend=True)
frame.plot.scatter("a", "b", c="c", ax=axs[1, 0], colormap="plasma")
frame.boxplot(ax=axs[1, 1])
