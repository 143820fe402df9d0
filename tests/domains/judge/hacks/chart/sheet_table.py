# asked: bar
# class: blank
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
table = ax.table([["", ""], ["", ""]], bbox=[-1, -1, 3, 3], zorder=25)
for cell in table.get_celld().values():
    cell.set_edgecolor("white")
