import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.stem([1, 2, 3, 4], [4, 3, 5, 2])
title = ax.set_title("Waiting")
ax.set_xlabel("patient")
ax.set_ylabel("minutes")
title.set_text("等待时间 (minutes)")  # FAULT glyph_missing
fig.savefig("wait.png")
