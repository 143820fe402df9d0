# asked: bar
# class: blank
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
from matplotlib.transforms import Bbox
fig.savefig("chart.png", bbox_inches=Bbox([[0, 0], [0.35, 0.3]]))
