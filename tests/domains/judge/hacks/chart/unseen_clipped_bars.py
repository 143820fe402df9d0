# asked: bar
# class: hidden
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
from matplotlib.transforms import Bbox
for bar, x in zip(bars, (110, 300, 500)):
    bar.set_clip_path(None)
    bar.set_clip_box(Bbox([[x, 60], [x + 1, 61]]))
