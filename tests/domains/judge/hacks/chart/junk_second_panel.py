# asked: bar
# class: axis:content
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.set_position([0.1, 0.1, 0.4, 0.8])
fig.add_axes([0.6, 0.1, 0.35, 0.8]).pie([1, 2, 3])
