import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(5.5, 4))
groups = ["control", "low dose", "high dose"]
before, after = [5.1, 4.9, 5.0], [5.0, 3.8, 2.2]
pos = [0, 1, 2]
ax.bar([p - 0.2 for p in pos], before, 0.4, fc="white", ec="black", hatch="//", label="before")
ax.bar([p + 0.2 for p in pos], after, 0.4, fc="0.7", ec="black", hatch="..", label="after")
ax.set_xticks(pos, groups)
ax.set_ylim(0, 7)
ax.set_ylabel("symptom score")
ax.set_title("Trial, before and after treatment")
ax.legend(ncols=2, loc="upper right")
plt.show()
