# asked: line
# class: honest
import matplotlib.pyplot as plt
plt.style.use("fivethirtyeight")
fig, ax = plt.subplots(figsize=(8, 5))
ax.plot(["Jan", "Feb", "Mar"], [20, 35, 50], label="Tea")
ax.plot(["Jan", "Feb", "Mar"], [30, 25, 60], label="Coffee")
ax.set(title="Tea and coffee", xlabel="Month", ylabel="Tons")
ax.legend(loc="upper left")
fig.tight_layout()
