# asked: scatter
# class: honest
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(7, 5))
ax.scatter(range(1, 6), [20, 35, 50, 45, 70], s=120, c="gold", edgecolors="black")
ax.set(title="Tea exports", xlabel="Month", ylabel="Tons", xlim=(0, 6), ylim=(0, 80))
