# asked: bar
# class: honest
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
bars = ax.bar(["Jan", "Feb", "Mar"], [20, 35, 50])
ax.set_title("Tea exports")
ax.set_xlabel("Month")
ax.set_ylabel("Tons")
ax.bar_label(bars, label_type="center", color="white", fontsize=12, fontweight="bold")
for bar in bars:
    bar.set_color("#264653")
