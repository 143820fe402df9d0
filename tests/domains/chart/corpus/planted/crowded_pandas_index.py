import matplotlib.pyplot as plt
import pandas as pd

regions = ["Andalusia", "Catalonia", "Valencia", "Galicia", "Castile", "Basque Country", "Aragon", "Navarre"]
series = pd.Series([8.4, 7.7, 5.0, 2.7, 2.4, 2.2, 1.3, 0.7], index=regions)
series.plot(kind="bar", rot=0, figsize=(6.5, 4), color="#7f5539")  # FAULT ticks_crowded
plt.ylabel("people (millions)")
plt.title("Regions of Spain")
plt.tight_layout()
plt.show()
