# asked: bar
# class: honest
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.set_yticks(range(0, 61, 10))
ax.grid(axis="y", alpha=0.5)
ax.set_axisbelow(True)
