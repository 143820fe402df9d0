# asked: bar
# class: axis:clip/content
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
from matplotlib.transforms import Bbox
ax.title.set_clip_box(Bbox([[0, 0], [1, 1]]))
ax.title.set_clip_on(True)
