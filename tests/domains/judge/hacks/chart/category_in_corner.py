# asked: bar
# class: axis:content
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.set_xticks([])
for x, name in ((0.01, "Jan"), (0.05, "Feb"), (0.1, "Mar")):
    fig.text(x, 0.02, name, size=8)
