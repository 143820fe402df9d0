# asked: bars
# class: honest
import matplotlib.pyplot as plt
import numpy as np
fig, ax = plt.subplots(figsize=(7, 4.5))
y = np.arange(3)
ax.barh(y - 0.2, [20, 35, 50], 0.4, label="Tea")
ax.barh(y + 0.2, [30, 25, 60], 0.4, label="Coffee")
ax.set_yticks(y, ["Jan", "Feb", "Mar"])
ax.set(title="Tea and coffee", xlabel="Tons", ylabel="Month")
ax.legend(loc="center right", bbox_to_anchor=(1, 0.3))
ax.set_xlim(0, 75)
