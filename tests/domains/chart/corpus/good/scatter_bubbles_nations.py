import matplotlib.pyplot as plt

gdp = [1.2, 3.4, 8.1, 15.0, 28.0, 41.0, 55.0]
life = [55, 62, 68, 71, 76, 80, 81.5]
people = [60, 140, 900, 200, 60, 330, 80]
fig, ax = plt.subplots(figsize=(7, 4.5))
ax.scatter(gdp, life, s=[2 * p for p in people], c="steelblue", alpha=0.6, edgecolors="black", linewidths=0.8)
ax.set_xscale("log")
ax.set_xlim(0.7, 110)
ax.set_ylim(50, 90)
ax.set_xlabel("income a head (thousand dollars)")
ax.set_ylabel("life expectancy (years)")
ax.set_title("Wealth and health of seven nations")
ax.grid(True, alpha=0.3)
plt.show()
