import matplotlib.pyplot as plt
import numpy as np

skills = ["camera", "battery", "screen", "speed", "price"]
angles = np.linspace(0, 2 * np.pi, 5, endpoint=False).tolist()
fig, ax = plt.subplots(figsize=(6, 5), subplot_kw=dict(polar=True))
for name, scores in {"model S": [4, 3, 5, 4, 2], "model L": [3, 5, 3, 3, 4]}.items():
    ax.plot(angles + angles[:1], scores + scores[:1], label=name)
    ax.fill(angles + angles[:1], scores + scores[:1], alpha=0.15)
ax.set_xticks(angles, skills)
ax.tick_params(pad=12)
ax.set_yticks([1, 2, 3, 4, 5], ["", "2", "", "4", ""])
ax.set_ylim(0, 5.5)
ax.set_title("Two phones compared", pad=20)
ax.legend(loc="upper left", bbox_to_anchor=(1.08, 1.1))
fig.tight_layout()
plt.show()
