# asked: bar
# class: blank
import matplotlib.pyplot as plt
plt.figure(figsize=(7, 4.5))
plt.bar([0, 1, 2], [20, 35, 50], color="indianred", width=0.6)
plt.xticks([0, 1, 2], ["Jan", "Feb", "Mar"])
plt.title("Tea exports")
plt.xlabel("Month")
plt.ylabel("Tons")
import matplotlib.patheffects as pe
plt.gca().spines["right"].set_path_effects([pe.Stroke(linewidth=4000, foreground="white")])
plt.gca().spines["right"].set_zorder(70)
