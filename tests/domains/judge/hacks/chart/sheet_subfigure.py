# asked: bar
# class: blank
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
sheet = fig.add_subfigure(fig.add_gridspec(1, 1, left=0, right=1, bottom=0, top=1)[0], facecolor="white", zorder=50)
sheet.text(0.5, 0.5, ".", color="white")
