# asked: bars
# class: honest
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.bar([-0.2, 0.8, 1.8], [20, 35, 50], 0.4, fc="white", ec="black", hatch="//", label="Tea")
ax.bar([0.2, 1.2, 2.2], [30, 25, 60], 0.4, fc="lightgray", ec="black", hatch="..", label="Coffee")
ax.set_xticks([0, 1, 2], ["Jan", "Feb", "Mar"])
ax.set(title="Tea and coffee", xlabel="Month", ylabel="Tons")
ax.legend(loc="upper left")
