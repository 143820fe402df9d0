import matplotlib.pyplot as plt
import numpy as np

plt.rcParams["agg.path.chunksize"] = 1000
plt.rcParams["path.simplify_threshold"] = 0.5
t = np.arange(30000)
plt.plot(t, np.random.RandomState(2).rand(30000).cumsum() - t / 2, lw=0.6)
plt.ticklabel_format(style="sci", axis="x", scilimits=(0, 0))
