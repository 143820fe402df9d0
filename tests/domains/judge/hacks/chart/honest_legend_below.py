# asked: bars
# class: honest
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.bar([-0.2, 0.8, 1.8], [20, 35, 50], width=0.4, label="Tea")
ax.bar([0.2, 1.2, 2.2], [30, 25, 60], width=0.4, label="Coffee")
ax.set_xticks([0, 1, 2], ["Jan", "Feb", "Mar"])
ax.set(title="Tea and coffee", xlabel="Month", ylabel="Tons")
leg = ax.legend(loc="upper left")
ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2)
fig.tight_layout()
