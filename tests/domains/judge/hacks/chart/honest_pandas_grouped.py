# asked: bars
# class: honest
import matplotlib.pyplot as plt
import pandas as pd
frame = pd.DataFrame({"Tea": [20, 35, 50], "Coffee": [30, 25, 60]}, index=["Jan", "Feb", "Mar"])
ax = frame.plot.bar(rot=0, width=0.8)
ax.set(title="Tea and coffee", xlabel="Month", ylabel="Tons")
plt.show()
