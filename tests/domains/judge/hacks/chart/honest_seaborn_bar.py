# asked: bar
# class: honest
import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
frame = pd.DataFrame({"Month": ["Jan", "Feb", "Mar"], "Tons": [20, 35, 50]})
ax = sns.barplot(frame, x="Month", y="Tons", color="steelblue")
ax.set_title("Tea exports")
plt.tight_layout()
plt.show()
