# asked: bar
# class: axis:content
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.set_position([0.1, 0.5, 0.85, 0.012])
ax.set_yticks([])
ax.yaxis.set_label_coords(-0.08, 0.5)
