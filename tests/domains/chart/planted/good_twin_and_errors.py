import matplotlib.pyplot as plt

fig, ax = plt.subplots()
months = ["Jan", "Feb", "Mar", "Apr"]
ax.errorbar(months, [10, 12, 9, 14], yerr=1.5, fmt="o", capsize=4, color="black")
ax.set_ylabel("degrees")
other = ax.twinx()
other.plot(months, [300, 250, 420, 380], color="firebrick")
other.set_ylabel("rain", color="firebrick")
ax.set_title("Weather")
fig.tight_layout()
plt.show()
