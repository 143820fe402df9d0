# asked: {"kind": "line", "title": "Tea and coffee", "x_label": "Month", "y_label": "Tons", "categories": ["Jan", "Feb", "Mar"], "series": [{"name": "Tea", "values": [20, 35, 50]}, {"name": "Coffee", "values": [30, 25, 60]}]}
import seaborn as sns, pandas as pd
import matplotlib.pyplot as plt

c = ["Jan", "Feb", "Mar"]
a = [20, 35, 50]
b = [30, 25, 60]
sns.set_theme()
df = pd.DataFrame({"m": c * 2, "v": a + b, "k": ["Tea"] * 3 + ["Coffee"] * 3})
ax = sns.lineplot(df, x="m", y="v", hue="k", marker="o")
ax.set_title("Tea and coffee")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
