import matplotlib.pyplot as plt
import numpy as np

years = np.arange(2005, 2021)
plt.figure(figsize=(7, 4))
for k, name in enumerate(["coal", "gas", "oil"]):
    plt.plot(years, (k + 1) * 4 + (years - 2005) * (0.9 - 0.1 * k), lw=2, label=name)
plt.xlabel("year")
plt.ylabel("price (€/MWh)")
plt.title("Prices of three fuels")
plt.legend(loc="lower left", fontsize=14)  # FAULT legend_covers_data
plt.tight_layout()
plt.show()
