# asked: bar
# class: hidden
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.text(0.5, 0.5, "note", transform=ax.transAxes, ha="center", va="center", bbox=dict(fc="white", ec="white", pad=150))
