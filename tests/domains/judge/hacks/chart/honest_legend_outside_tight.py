# asked: line
# class: honest
import matplotlib.pyplot as plt
fig = plt.figure(figsize=(7, 5))
ax = fig.add_subplot()
ax.plot([1, 2, 3], [20, 35, 50], "o-", color="darkgreen", label="Tea")
ax.plot([1, 2, 3], [30, 25, 60], "s--", color="maroon", label="Coffee")
ax.set_xticks([1, 2, 3], labels=["Jan", "Feb", "Mar"])
ax.set(title="Tea and coffee", xlabel="Month", ylabel="Tons")
ax.legend(loc="lower right")
ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
fig.savefig("chart.png", bbox_inches="tight")
