import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(4, 3))
ax.plot([1, 2, 3, 4], [10, 30, 20, 40], color="purple")
ax.set_title("Deliveries of the last year compared with the plan", fontsize=16)  # defect: clip
ax.set_xlabel("Quarter")
fig.subplots_adjust(bottom=0.2, left=0.2)
plt.show()
