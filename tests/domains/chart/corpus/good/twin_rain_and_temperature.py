import matplotlib.pyplot as plt

months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
rain = [49, 39, 44, 46, 60, 70, 84, 74, 54, 47, 52, 54]
warmth = [0.5, 1.4, 5.1, 9.5, 14.4, 17.5, 19.3, 18.9, 15, 9.9, 4.7, 1.8]
fig, ax = plt.subplots(figsize=(8, 4.2))
ax.bar(months, rain, color="#9ecae1")
ax.set_ylabel("rain (mm)")
ax.set_ylim(0, 100)
ax2 = ax.twinx()
ax2.plot(months, warmth, color="#a50f15", marker="o")
ax2.set_ylabel("temperature (°C)", color="#a50f15")
ax2.tick_params(axis="y", colors="#a50f15")
ax2.set_ylim(-2, 22)
ax.set_title("Climate of the valley")
fig.tight_layout()
plt.show()
