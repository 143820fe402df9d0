import matplotlib.pyplot as plt

fig, ax = plt.subplots()
for i, hatch in enumerate(["/", "\\\\", "x", "o", "*", ".."]):
    ax.bar(i, i + 1, hatch=hatch, facecolor="none" if i % 2 else "c", edgecolor="k", linewidth=1.3)
ax.axhspan(2, 3, alpha=0.3)
