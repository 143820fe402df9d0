# asked: points
# class: honest
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.scatter([1, 2, 3, 4], [20, 35, 50, 45], marker="o", color="black", label="Tea")
ax.scatter([1, 2, 3, 4], [60, 55, 30, 25], marker="^", color="black", label="Coffee")
ax.set(title="Tea and coffee", xlabel="Month", ylabel="Tons")
ax.legend(bbox_to_anchor=(1, 1), loc="upper left")
fig.tight_layout()
