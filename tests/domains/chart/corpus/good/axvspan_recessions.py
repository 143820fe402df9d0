import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(60)
year = np.arange(1980, 2021)
rate = 6 + np.cumsum(rng.normal(0, 0.5, year.size)) * 0.6
fig, ax = plt.subplots(figsize=(7.5, 3.6))
ax.plot(year, rate, color="navy")
for start, end in ((1981, 1982.9), (1990.5, 1991.2), (2008, 2009.5)):
    ax.axvspan(start, end, color="0.85")
ax.set_xlim(1980, 2020)
ax.set_ylabel("unemployed (%)")
ax.set_title("Unemployment, recessions shaded")
fig.tight_layout()
plt.show()
