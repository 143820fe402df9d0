import matplotlib.pyplot as plt

countries = ["Chile", "Ghana", "Laos", "Malta", "Nepal"]
before, after = [72, 57, 54, 75, 58], [80, 64, 68, 82, 71]
fig, ax = plt.subplots(figsize=(6.5, 3.8))
ax.hlines(countries, before, after, color="0.6", lw=2, zorder=1)
ax.scatter(before, countries, color="#8d99ae", s=60, label="1990", zorder=2)
ax.scatter(after, countries, color="#d90429", s=60, label="2019", zorder=2)
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
ax.set_xlabel("life expectancy (years)")
ax.set_title("Gains in life expectancy")
fig.tight_layout()
plt.show()
