# asked: line
# class: axis:content
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot([0, 0.01, 0.02], [20, 35, 50], label="Tea")
ax.plot([0, 0.01, 0.02], [30, 25, 60], label="Coffee")
ax.set(title="Tea and coffee", xlabel="Month", ylabel="Tons")
ax.legend(loc="lower right")
ax.set_xticks([0, 1, 2], ["Jan", "Feb", "Mar"])
