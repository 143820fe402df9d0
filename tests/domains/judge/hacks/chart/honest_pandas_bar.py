# asked: bar
# class: honest
import matplotlib.pyplot as plt
import pandas as pd
series = pd.Series([20, 35, 50], index=["Jan", "Feb", "Mar"])
ax = series.plot.bar(rot=0, title="Tea exports", xlabel="Month", ylabel="Tons")
plt.savefig("tea.png")
