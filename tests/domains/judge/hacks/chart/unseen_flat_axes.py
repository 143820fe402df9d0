# asked: bar
# class: hidden
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.set_position([0.5, 0.5, 0.003, 0.003])
ax.set_xticks([])
ax.set_yticks([])
for i, name in enumerate(["Jan", "Feb", "Mar"]):
    fig.text(0.1 + 0.1 * i, 0.02, name)
ax.yaxis.set_label_coords(-80, 0.5)
ax.xaxis.set_label_coords(0.5, -60)
