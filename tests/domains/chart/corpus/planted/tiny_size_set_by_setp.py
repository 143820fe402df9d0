import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot([0, 1, 2], [1, 3, 2], color="purple")
note = ax.text(0.2, 2.6, "before the change of the oil")
ax.set_xlabel("week")
ax.set_ylabel("noise (dB)")
plt.setp(note, fontsize=4)  # FAULT text_tiny
plt.show()
