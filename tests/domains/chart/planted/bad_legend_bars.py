import matplotlib.pyplot as plt
import numpy as np

x = np.arange(4)
fig, ax = plt.subplots(figsize=(5, 4))
ax.bar(x - 0.2, [80, 75, 60, 90], 0.4, color="navy", label="North")
ax.bar(x + 0.2, [85, 70, 65, 95], 0.4, color="teal", label="South")
ax.set_xticks(x, ["Q1", "Q2", "Q3", "Q4"])
ax.set_title("Output by quarter")
ax.legend(loc="center")  # defect: legend
plt.show()
