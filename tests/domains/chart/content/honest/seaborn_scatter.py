# asked: {"kind": "scatter", "title": "Tea and coffee", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}, {"name": "Coffee", "values": [30, 25, 60]}]}
import seaborn as sns, pandas as pd
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
b = [30, 25, 60]
df = pd.DataFrame({"m": c * 2, "v": a + b, "k": ["Tea"] * 3 + ["Coffee"] * 3})
ax = sns.scatterplot(df, x="m", y="v", hue="k", style="k")
ax.set_title("Tea and coffee")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
