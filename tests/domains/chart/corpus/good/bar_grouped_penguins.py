import matplotlib.pyplot as plt
import numpy as np

species = ("Adelie", "Chinstrap", "Gentoo")
means = {"Bill depth": (18.4, 18.4, 15.0), "Bill length": (38.8, 48.8, 47.5), "Flipper length": (190.0, 195.8, 217.2)}
x = np.arange(len(species))
width = 0.25
fig, ax = plt.subplots(layout="constrained", figsize=(7.5, 4.5))
for k, (attribute, values) in enumerate(means.items()):
    rects = ax.bar(x + k * width, values, width, label=attribute)
    ax.bar_label(rects, padding=3, fontsize=9)
ax.set_ylabel("Length (mm)")
ax.set_title("Penguin attributes by species")
ax.set_xticks(x + width, species)
ax.legend(loc="upper left", ncols=3)
ax.set_ylim(0, 260)
plt.savefig("penguins.png")
