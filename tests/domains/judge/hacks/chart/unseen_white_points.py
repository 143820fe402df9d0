# asked: scatter
# class: hidden
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
pts = ax.scatter([1, 2, 3, 4, 5], [20, 35, 50, 45, 70])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
pts.set_facecolor("white")
pts.set_edgecolor("white")
