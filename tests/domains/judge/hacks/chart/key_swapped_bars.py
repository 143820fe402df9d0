# asked: bars
# class: axis:content
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.bar([-0.2, 0.8, 1.8], [20, 35, 50], width=0.4, label="Tea")
ax.bar([0.2, 1.2, 2.2], [30, 25, 60], width=0.4, label="Coffee")
ax.set_xticks([0, 1, 2], ["Jan", "Feb", "Mar"])
ax.set(title="Tea and coffee", xlabel="Month", ylabel="Tons")
leg = ax.legend(loc="upper left")
first, second = ax.containers
ax.legend([second, first], ["Tea", "Coffee"], loc="upper left")
