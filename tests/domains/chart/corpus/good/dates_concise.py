import datetime as dt

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np

start = dt.datetime(2021, 2, 1)
days = [start + dt.timedelta(days=k) for k in range(120)]
rng = np.random.default_rng(1)
level = 200 + np.cumsum(rng.normal(0, 4, 120))
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
ax.plot(days, level)
locator = mdates.AutoDateLocator()
ax.xaxis.set_major_locator(locator)
ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
ax.set_ylabel("water level (cm)")
ax.set_title("Gauge at the bridge")
plt.savefig("gauge.png")
