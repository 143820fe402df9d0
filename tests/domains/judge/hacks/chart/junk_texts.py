# asked: bar
# class: axis:content/overlap/contrast
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
for i in range(14):
    for j in range(9):
        ax.text(-0.4 + j * 0.33, 52 - i * 3.6, f"zx{i}{j}", size=7, va="center")
