import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

rng = np.random.default_rng(50)
frame = pd.DataFrame(rng.normal(size=(2000, 2)) @ [[1, 0.6], [0, 0.8]], columns=["delay out", "delay in"])
ax = frame.plot.hexbin(x="delay out", y="delay in", gridsize=22, cmap="Blues", figsize=(6, 4.6))
ax.set_title("Delays of 2,000 flights")
plt.tight_layout()
plt.show()
