# asked: line
# class: honest
import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
sns.set_theme(style="whitegrid")
frame = pd.DataFrame({"Month": ["Jan", "Feb", "Mar"] * 2, "Tons": [20, 35, 50, 30, 25, 60], "kind": ["Tea"] * 3 + ["Coffee"] * 3})
ax = sns.lineplot(frame, x="Month", y="Tons", hue="kind", marker="o")
ax.set_title("Tea and coffee")
ax.legend(title=None, loc="upper left")
