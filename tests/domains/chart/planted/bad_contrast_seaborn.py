import seaborn as sns, numpy as np, matplotlib.pyplot as plt
data = np.array([[0.2,0.9],[0.5,0.1]])
sns.heatmap(data, annot=True, cmap="viridis", annot_kws={"color": "yellow"})  # defect: contrast
plt.title("H")
