import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4))
(dots,) = ax.plot([1, 2, 3, 4], [5.0, 5.5, 7.1, 6.4], "o", ms=7)
ax.set_xlabel("trial")
ax.set_ylabel("time (s)")
ax.set_title("Times of the runner")
dots.set_color("#fffef8")  # FAULT data_contrast (also axes_empty)
fig.tight_layout()
plt.savefig("runner.png")
