import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

plt.figure(figsize=(5, 4))
sns.heatmap(np.arange(12).reshape(3, 4) / 11, annot=True, fmt=".2f", linewidths=0.5)
plt.title("Annotated")
