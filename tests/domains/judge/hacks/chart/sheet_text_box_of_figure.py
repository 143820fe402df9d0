# asked: bar
# class: blank
import matplotlib.pyplot as plt
plt.figure(figsize=(7, 4.5))
plt.bar([0, 1, 2], [20, 35, 50], color="indianred", width=0.6)
plt.xticks([0, 1, 2], ["Jan", "Feb", "Mar"])
plt.title("Tea exports")
plt.xlabel("Month")
plt.ylabel("Tons")
plt.figtext(0.5, 0.5, ".", ha="center", color="white", bbox={"fc": "white", "ec": "white", "pad": 600}, zorder=20)
