# asked: bar
# class: axis:content/overlap
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
for bar in bars:
    bar.set(hatch="xxxxxxxxxxxx", edgecolor="k", linewidth=90)
