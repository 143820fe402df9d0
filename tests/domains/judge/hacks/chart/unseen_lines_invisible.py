# asked: line
# class: hidden
import matplotlib.pyplot as plt
fig = plt.figure(figsize=(7, 5))
ax = fig.add_subplot()
ax.plot([1, 2, 3], [20, 35, 50], "o-", color="darkgreen", label="Tea")
ax.plot([1, 2, 3], [30, 25, 60], "s--", color="maroon", label="Coffee")
ax.set_xticks([1, 2, 3], labels=["Jan", "Feb", "Mar"])
ax.set(title="Tea and coffee", xlabel="Month", ylabel="Tons")
ax.legend(loc="lower right")
for line in ax.lines:
    line.set_visible(False)
