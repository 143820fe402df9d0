import matplotlib.pyplot as plt
import pandas as pd

frame = pd.DataFrame({"men": [48, 51, 47], "women": [52, 55, 58]}, index=["north", "middle", "south"])
ax = frame.plot.bar(rot=0, figsize=(6, 4), color=["#457b9d", "#e63946"], width=0.7)
ax.set_ylim(0, 75)
ax.set_ylabel("employed (%)")
ax.set_xlabel("part of the country")
ax.set_title("Employment by sex")
ax.legend(ncols=2, loc="upper left")
plt.tight_layout()
plt.savefig("employment.png")
