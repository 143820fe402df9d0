import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot([1,2,3],[1,2,3])
ax.set(title="Growth of trees")
ax.annotate("max value here", xy=(3,3), xytext=(1.9,3.2), arrowprops=dict(arrowstyle="->"))  # defect: overlap
