import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7, 3.8), facecolor="#10161f")
ax.set_facecolor("#10161f")
ax.plot(range(12), [3, 4, 4, 6, 7, 9, 8, 11, 13, 12, 15, 18], color="#4cc9f0", lw=2.5)
ax.fill_between(range(12), [3, 4, 4, 6, 7, 9, 8, 11, 13, 12, 15, 18], color="#4cc9f0", alpha=0.15)
for side in ax.spines.values():
    side.set_color("#5c677d")
ax.tick_params(colors="#e0e1dd")
ax.set_title("Active sessions", color="white", loc="left")
ax.set_xlabel("hour", color="#e0e1dd")
ax.set_ylim(0, 20)
fig.tight_layout()
plt.savefig("sessions.png", facecolor=fig.get_facecolor())
