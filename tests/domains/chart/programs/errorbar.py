import matplotlib.pyplot as plt

plt.errorbar([1, 2, 3], [2, 4, 3], yerr=[0.3, 0.5, 0.2], xerr=0.1, fmt="o", capsize=4, label="m")
plt.fill_between([1, 2, 3], [1.5, 3.5, 2.5], [2.5, 4.5, 3.5], alpha=0.2, label="band")
plt.legend()
plt.ylim(0, 5)
