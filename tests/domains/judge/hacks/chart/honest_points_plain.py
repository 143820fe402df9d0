# asked: points
# class: honest
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.scatter([1, 2, 3, 4], [20, 35, 50, 45], label="Tea", color="tab:green")
ax.scatter([1, 2, 3, 4], [60, 55, 30, 25], label="Coffee", color="tab:brown")
ax.set_ylim(10, 85)
ax.set(title="Tea and coffee", xlabel="Month", ylabel="Tons")
leg = ax.legend(loc="upper left", ncols=2)
