# asked: bar
# class: honest
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
import matplotlib.patheffects as pe
for text in (ax.title, ax.xaxis.label, ax.yaxis.label):
    text.set_path_effects([pe.Normal(), pe.withStroke(linewidth=3, foreground="white")])
