# asked: line
# class: honest
import matplotlib.pyplot as plt
months = ["Jan", "Feb", "Mar"]
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot(months, [20, 35, 50], "k-", label="Tea")
ax.plot(months, [30, 25, 60], "k--", label="Coffee")
ax.set(title="Tea and coffee", xlabel="Month", ylabel="Tons")
ax.legend(loc="upper left")
