# asked: minus
# class: honest
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.bar(["Q1", "Q2", "Q3", "Q4"], [-12.5, 4, 8.5, -3], color=["crimson", "navy", "navy", "crimson"])
ax.axhline(0, color="black", lw=0.8)
ax.set(title="Profit of the dairy", xlabel="Quarter", ylabel="Thousand euros")
